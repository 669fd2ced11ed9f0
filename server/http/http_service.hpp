// From a request to its response: route, preflight, authentication, rights, handler.
#pragma once

#include "server/auth/authenticator.hpp"
#include "server/auth/throttle.hpp"
#include "server/door_observer.hpp"
#include "server/http/browser_login.hpp"
#include "server/http/cors.hpp"
#include "server/http/hub_login.hpp"
#include "server/http/request_scope.hpp"
#include "server/http/router.hpp"
#include "server/log.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

inline constexpr const char* kNobodysToken = "its token is nobody's, or has expired";

/// Thread-safe, as its parts are. References outlive it.
class HttpService {
 public:
    /// Where browsers cannot log in, `browsers` is null; where they cannot by JupyterHub, `hub` is.
    HttpService(const Router& router, const Cors& cors, Authenticator& authenticator, BrowserLogin* browsers,
                HubLogin* hub, Throttle& throttle, tenants::TenantRegistry& tenants, DoorObserver& observer, Log& log)
        : router_(router),
          cors_(cors),
          authenticator_(authenticator),
          browsers_(browsers),
          hub_(hub),
          throttle_(throttle),
          tenants_(tenants),
          observer_(observer),
          log_(log) {}

    /// Always an answer. `scope` is filled on the way; its `upgrade` is set if the connection changes protocol.
    Awaitable<Response> respond(RequestScope& scope);

 private:
    Awaitable<Response> route(RequestScope& scope);
    Awaitable<std::optional<Response>> admit(RequestScope& scope, Access access);
    std::optional<Response> invite(const RequestScope& scope, bool guessed) const;
    Awaitable<void> slow_down(RequestScope& scope);
    Awaitable<Response> call(RequestScope& scope, const Handler& handler);

    const Router& router_;
    const Cors& cors_;
    Authenticator& authenticator_;
    BrowserLogin* const browsers_;
    HubLogin* const hub_;
    Throttle& throttle_;
    tenants::TenantRegistry& tenants_;
    DoorObserver& observer_;
    Log& log_;
};

}  // namespace corncob::server
