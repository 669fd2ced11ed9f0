#include "config/unavailable.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "config/text.hpp"
#include "config/validation.hpp"

namespace corncob::config {
namespace {

const std::string kNotAvailable = " is not available in this version";

void refuse_tls(const TlsConfig& tls, Report& report) {
    const std::string message = "TLS" + kNotAvailable + "; put a reverse proxy that ends TLS in front";
    if (!tls.certificate.empty()) report.add_rule("server.tls.certificate", message);
    if (!tls.key.empty()) report.add_rule("server.tls.key", message);
    if (!tls.client_ca.empty()) report.add_rule("server.tls.client_ca", message);
}

void refuse_modes(const GatewayConfig& config, Report& report) {
    for (const auto& [name, spec] : config.kernelspecs) {
        const std::string path = "kernelspecs." + name;
        if (spec.loop != "asyncio") {
            report.add_rule(path + ".loop", shown(spec.loop) + kNotAvailable + "; only 'asyncio' is");
        }
    }
    const std::string& wanted = config.kernels.default_kernel_name;
    for (const std::string& name : builtin_kernelspecs()) {
        const std::string mode = name.substr(std::min(name.size(), name.find('-') + 1));
        if (name != wanted || name == "python3" || is_available_mode(mode)) continue;
        report.add_rule("kernels.default", shown(wanted) + kNotAvailable);
    }
}

}  // namespace

const std::vector<std::string>& available_modes() {
    static const std::vector<std::string> modes = {"cache", "concurrent", "multi", "react"};
    return modes;
}

bool is_available_mode(std::string_view mode) {
    return std::find(available_modes().begin(), available_modes().end(), mode) != available_modes().end();
}

void refuse_unavailable(const GatewayConfig& config, Report& report) {
    const std::string& isolation = config.kernels.isolation;
    if (isolation != "process") {
        report.add_rule("kernels.isolation", shown(isolation) + kNotAvailable + "; only 'process' is");
    }
    refuse_tls(config.server.tls, report);
    refuse_modes(config, report);
}

}  // namespace corncob::config
