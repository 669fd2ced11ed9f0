#include "config/unavailable.hpp"

#include <string>

#include "config/text.hpp"

namespace corncob::config {
namespace {

const std::string kNotAvailable = " is not available in this version";

}  // namespace

void refuse_unavailable(const GatewayConfig& config, Report& report) {
    const std::string& isolation = config.kernels.isolation;
    if (isolation != "process") {
        report.add_rule("kernels.isolation", shown(isolation) + kNotAvailable + "; only 'process' is");
    }
}

}  // namespace corncob::config
