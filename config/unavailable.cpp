#include "config/unavailable.hpp"

#include <string>

#include "config/text.hpp"

namespace corncob::config {
namespace {

const std::string kNotAvailable = " is not available in this version";

void refuse_tls(const TlsConfig& tls, Report& report) {
    const std::string message = "TLS" + kNotAvailable + "; put a reverse proxy that ends TLS in front";
    if (!tls.certificate.empty()) report.add_rule("server.tls.certificate", message);
    if (!tls.key.empty()) report.add_rule("server.tls.key", message);
    if (!tls.client_ca.empty()) report.add_rule("server.tls.client_ca", message);
}

}  // namespace

void refuse_unavailable(const GatewayConfig& config, Report& report) {
    const std::string& isolation = config.kernels.isolation;
    if (isolation != "process") {
        report.add_rule("kernels.isolation", shown(isolation) + kNotAvailable + "; only 'process' is");
    }
    refuse_tls(config.server.tls, report);
}

}  // namespace corncob::config
