// Rules about values that are each well-formed: relations between them, names, addresses.
#pragma once

#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

constexpr std::size_t kNameBytesMax = 64;  ///< of a tenant, a kernelspec, a token
constexpr std::size_t kOriginsMax = 64;    ///< of server.allow_origin

/// The kernelspecs that every daemon has.
const std::vector<std::string>& builtin_kernelspecs();

/// One spelling for what has several: base_url ends with a slash, `localhost` and `*` become addresses, sha256 is
/// in lower case, a kernelspec without display_name is shown under its name.
void normalize(GatewayConfig& config);

/// Adds a problem for every broken rule. Expects a normalised configuration.
void validate(const GatewayConfig& config, Report& report);

}  // namespace corncob::config
