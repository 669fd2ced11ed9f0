// Browsers log in at JupyterHub (OAuth 2 with PKCE) and come back with a cookie.
#pragma once

#include <optional>
#include <string>

#include "config/gateway_config.hpp"
#include "server/auth/browser_sessions.hpp"
#include "server/auth/hub_client.hpp"
#include "server/http/browser_login.hpp"
#include "server/http/request_scope.hpp"
#include "server/http/router.hpp"
#include "server/log.hpp"

namespace corncob::server {

/// Thread-safe. References outlive it.
class HubLogin {
 public:
    /// `hub` has a client_id.
    HubLogin(const config::HubConfig& hub, BrowserLogin& browsers, const HubClient& client, Log& log);
    void add_routes(Router& router);

    /// The way to the Hub, if it is a browser that is about to show a page.
    std::optional<Response> invite(const RequestScope& scope);

 private:
    Awaitable<Response> callback(RequestScope& scope);
    Awaitable<Response> exchange(const RequestScope& scope, std::string code, PendingLogin login);
    Response welcome(const RequestScope& scope, std::string token, const std::string& next);
    std::string browser_of(const RequestScope& scope) const;

    const std::string client_id_;
    const std::string client_secret_;
    const std::string authorize_url_;
    const std::string callback_url_;
    BrowserLogin& browsers_;
    const HubClient& client_;
    Log& log_;
};

}  // namespace corncob::server
