#include "server/http/browser_login.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

constexpr const char* kXsrfParameter = "_xsrf";
constexpr const char* kXsrfHeader = "X-XSRFToken";
constexpr const char* kCookieName = "corncob";

std::string_view field_of(const Request& request, std::string_view name) {
    const auto found = request.find(name);
    return found == request.end() ? std::string_view() : std::string_view(found->value().data(), found->value().size());
}

bool changes_nothing(http::verb method) {
    return method == http::verb::get || method == http::verb::head || method == http::verb::options;
}

/// The browser speaks TLS, with us or with a proxy. Some proxies append theirs: the first one spoke with the browser.
bool comes_by_https(const RequestScope& scope) {
    if (scope.is_tls) return true;
    const std::string_view scheme = field_of(scope.request, "X-Forwarded-Proto");
    return boost::beast::iequals(scheme.substr(0, scheme.find(',')), "https");
}

/// Of the address that the browser sees; empty: the scheme's own.
std::string port_of(const Request& request) {
    const std::string_view host = field_of(request, "Host");
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos) return {};
    const std::string_view port = host.substr(colon + 1);
    const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string(port) : std::string();
}

}  // namespace

BrowserLogin::BrowserLogin(std::string base_url, std::string cookie_name, bool https, const tenants::Clock& clock)
    : base_url_(std::move(base_url)), cookie_name_(std::move(cookie_name)), https_(https), sessions_(clock) {}

std::string BrowserLogin::cookie_name(const RequestScope& scope) const {
    if (!cookie_name_.empty()) return cookie_name_;
    const std::string port = port_of(scope.request);
    return port.empty() ? kCookieName : std::string(kCookieName) + "-" + port;
}

BrowserLogin::Shown BrowserLogin::session_of(const RequestScope& scope) {
    Shown shown;
    for (const std::string& cookie : cookies_called(scope.request, cookie_name(scope))) {
        auto token = sessions_.token_of(cookie);
        if (!token) continue;
        shown.token = std::move(*token);
        shown.xsrf = sessions_.xsrf_of(cookie);
        if (navigates(scope.request)) break;
        // A browser sends the cookie along whoever makes it ask; only a page of ours can know what belongs to it.
        std::string proof = scope.query.get(kXsrfParameter).value_or("");
        if (proof.empty()) proof = field_of(scope.request, kXsrfHeader);
        if (sessions_.is_xsrf_of(cookie, proof)) break;
        shown.refusal = error_response(http::status::forbidden,
                                       proof.empty() ? "'_xsrf' is missing: with a cookie, X-XSRFToken must be sent"
                                                     : "'_xsrf' does not belong to this login");
        break;
    }
    return shown;
}

std::string BrowserLogin::open(const RequestScope& scope, std::string token, Response& response) {
    const std::string session = sessions_.open(std::move(token));
    add(response, cookie(scope, cookie_name(scope), session, kBrowserSessionLifetime));
    return sessions_.xsrf_of(session);
}

void BrowserLogin::close(const RequestScope& scope, Response& response) {
    const std::string name = cookie_name(scope);
    for (const std::string& cookie : cookies_called(scope.request, name)) sessions_.close(cookie);
    add(response, cookie(scope, name, "", std::chrono::seconds(0)));
}

Cookie BrowserLogin::cookie(const RequestScope& scope, std::string name, std::string value,
                            std::chrono::seconds max_age) const {
    return {.name = std::move(name),
            .value = std::move(value),
            .path = base_url_,
            .max_age = max_age,
            .http_only = true,
            .secure = https_ || comes_by_https(scope)};
}

bool navigates(const Request& request) {
    const std::string_view mode = field_of(request, "Sec-Fetch-Mode");
    return changes_nothing(request.method()) && !boost::beast::websocket::is_upgrade(request) &&
           (mode.empty() || mode == "navigate");
}

bool asks_for_a_page(const Request& request) {
    return navigates(request) && field_of(request, "Accept").find("text/html") != std::string_view::npos;
}

bool comes_from_elsewhere(const Request& request) {
    const std::string_view site = field_of(request, "Sec-Fetch-Site");
    return !site.empty() && site != "same-origin" && site != "none";
}

Response redirect(const std::string& location, http::status status) {
    Response response{status, {}, {}, {}};
    response.headers.emplace_back("Location", location);
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

void add(Response& response, const Cookie& cookie) {
    response.headers.emplace_back("Set-Cookie", set_cookie_text(cookie));
}

}  // namespace corncob::server
