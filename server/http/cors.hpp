// Which web pages may use the daemon: matched on the whole origin, never on a part of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/http/request_scope.hpp"

namespace corncob::server {

/// Immutable, hence thread-safe.
class Cors {
 public:
    explicit Cors(const config::ServerConfig& config);

    /// `allow_origin` names this origin: scheme, host and port, letter case of the first two aside.
    bool allows(std::string_view origin) const;
    /// A WebSocket is not held back by browsers, so the server must look: no Origin (not a browser), the page's own
    /// host, or an allowed one.
    bool allows_websocket(const Request& request) const;

    /// Sent to a name of this machine's, by no page at all or by one of its own. A page elsewhere can have its name
    /// point here, but not call itself `localhost`.
    bool comes_from_here(const Request& request) const;

    /// Adds the Access-Control headers that this request's origin has a right to.
    void decorate(const Request& request, Response& response) const;
    Response preflight(const Request& request) const;

 private:
    bool any_ = false;
    std::vector<std::string> origins_;  // normalised
    const bool credentials_;
    const std::string headers_;
    const std::string methods_;
    const std::string expose_headers_;
    const std::size_t max_age_seconds_;
};

/// "HTTPS://Lab.Example.com:443" -> "https://lab.example.com". Nothing: no origin (a path, "null", no scheme, ...).
std::optional<std::string> normalise_origin(std::string_view origin);

}  // namespace corncob::server
