// The page for people: what runs, live; and how a browser comes there by a token.
#pragma once

#include <string>

#include "server/auth/authenticator.hpp"
#include "server/auth/throttle.hpp"
#include "server/http/browser_login.hpp"
#include "server/http/router.hpp"

namespace corncob::server {

/// What the page shows it asks of ActivityApi. Thread-safe. References outlive it.
class StatusPage {
 public:
    /// `hub`: browsers may also log in by JupyterHub.
    StatusPage(BrowserLogin& browsers, Authenticator& authenticator, Throttle& throttle, bool hub)
        : browsers_(browsers), authenticator_(authenticator), throttle_(throttle), hub_(hub) {}
    void add_routes(Router& router);

 private:
    Response page(const RequestScope& scope);
    Response login_page(const RequestScope& scope) const;
    Awaitable<Response> log_in(RequestScope& scope);
    Response log_out(const RequestScope& scope);
    Awaitable<void> slow_down(const RequestScope& scope);

    BrowserLogin& browsers_;
    Authenticator& authenticator_;
    Throttle& throttle_;
    const bool hub_;
};

}  // namespace corncob::server
