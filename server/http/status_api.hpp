// What the daemon says of itself: version, health, status, identity, its API.
#pragma once

#include "server/http/router.hpp"
#include "server/server_state.hpp"

namespace corncob::server {

/// Thread-safe. References outlive it.
class StatusApi {
 public:
    /// `isolation` is the level in force.
    StatusApi(const ServerState& state, const tenants::Host& host, std::string isolation)
        : state_(state), host_(host), isolation_(std::move(isolation)) {}
    void add_routes(Router& router);

 private:
    Response health() const;
    Response ready() const;
    Response status(const RequestScope& scope) const;

    const ServerState& state_;
    const tenants::Host& host_;
    const std::string isolation_;
};

}  // namespace corncob::server
