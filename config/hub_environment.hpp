// What JupyterHub tells the services that it knows: the JUPYTERHUB_* variables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

/// Fills `config.hub` if JUPYTERHUB_API_URL is there. Where neither file, environment nor flag has set them, the
/// daemon's address and base_url are those that the Hub expects. The last layer: after the command line.
void apply_hub_environment(const Environment& environment, GatewayConfig& config, Report& report);

/// Scheme, host and port of "https://[::1]:8443/a/path"; a port of 0: none is given.
struct UrlOrigin {
    std::string scheme;
    std::string host;  ///< without brackets
    std::uint16_t port = 0;
};
/// Nothing: not http or https, no host, or a port that is none.
std::optional<UrlOrigin> parse_url_origin(std::string_view url);

}  // namespace corncob::config
