// In what two configurations differ.
#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.hpp"

namespace corncob::config {

/// The keys of all scalars that differ, those of tenants too; of lists and kernelspecs the whole: "auth.tokens",
/// "kernelspecs.NAME".
std::vector<std::string> differing_keys(const GatewayConfig& one, const GatewayConfig& other);

}  // namespace corncob::config
