// What a browser that has logged in shows with every request: a cookie, and proof that its page is ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/auth/browser_sessions.hpp"
#include "server/http/cookies.hpp"
#include "server/http/request_scope.hpp"
#include "tenants/clock.hpp"

namespace corncob::server {

inline constexpr const char* kLogin = "login";  ///< the page where a person shows a token, below the base URL
inline constexpr const char* kRefusedLogin = "login?refused";

/// Browsers come by a token (status_page.hpp) or by JupyterHub (hub_login.hpp). Thread-safe.
class BrowserLogin {
 public:
    /// `cookie_name`: of the session's cookie; empty: one for each port, since browsers tell hosts apart but not their
    /// ports. `https`: cookies are for https alone, whatever a request says.
    BrowserLogin(std::string base_url, std::string cookie_name, bool https, const tenants::Clock& clock);

    /// What a browser's cookie gives.
    struct Shown {
        std::string token{};                ///< of the user who logged in; empty: no session
        std::string xsrf{};                 ///< what the session's pages show
        std::optional<Response> refusal{};  ///< the session is good, but the request may be another page's forgery
    };
    Shown session_of(const RequestScope& scope);

    /// The browser is given a session of the token's owner. The result is what its pages show.
    std::string open(const RequestScope& scope, std::string token, Response& response);
    /// The browser's session ends, and its cookie.
    void close(const RequestScope& scope, Response& response);

    /// For all paths of ours, and unreadable for scripts.
    Cookie cookie(const RequestScope& scope, std::string name, std::string value, std::chrono::seconds max_age) const;

    BrowserSessions& sessions() { return sessions_; }
    const std::string& base_url() const { return base_url_; }

 private:
    std::string cookie_name(const RequestScope& scope) const;

    const std::string base_url_;
    const std::string cookie_name_;
    const bool https_;
    BrowserSessions sessions_;
};

/// A page that the browser is about to show, as far as it says.
bool navigates(const Request& request);
/// And one for people to read.
bool asks_for_a_page(const Request& request);
/// A form or script of another site's page has sent it, as the browser says.
bool comes_from_elsewhere(const Request& request);
/// `location` is not to be told to others, nor kept.
Response redirect(const std::string& location, http::status status = http::status::found);
void add(Response& response, const Cookie& cookie);

}  // namespace corncob::server
