#include "server/http/hub_login.hpp"

#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <nlohmann/json.hpp>

#include "config/text.hpp"
#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kNextBytesMax = 2048;
constexpr const char* kStateSuffix = "-oauth-state";
constexpr const char* kXsrfCookie = "_xsrf";
constexpr const char* kXsrfHeader = "X-XSRFToken";

std::string_view field_of(const Request& request, std::string_view name) {
    const auto found = request.find(name);
    return found == request.end() ? std::string_view() : std::string_view(found->value().data(), found->value().size());
}

bool changes_nothing(http::verb method) {
    return method == http::verb::get || method == http::verb::head || method == http::verb::options;
}

/// A page that the browser is about to show, as far as it says.
bool navigates(const Request& request) {
    const std::string_view mode = field_of(request, "Sec-Fetch-Mode");
    return changes_nothing(request.method()) && !boost::beast::websocket::is_upgrade(request) &&
           (mode.empty() || mode == "navigate");
}

/// Some proxies append theirs: the first one spoke with the browser.
bool comes_by_https(const Request& request) {
    const std::string_view scheme = field_of(request, "X-Forwarded-Proto");
    return boost::beast::iequals(scheme.substr(0, scheme.find(',')), "https");
}

/// Where this request wanted to go, as a path of this host.
std::string target_of(const RequestScope& scope, const std::string& base_url) {
    const std::string_view whole(scope.request.target().data(), scope.request.target().size());
    const auto target = parse_target(whole);
    if (scope.path + "/" == base_url) return base_url;  // without its slash the cookie would not be sent there
    std::string next = scope.path;
    if (target && !target->query.empty()) next.append("?").append(target->query);
    const bool leads_away = !next.starts_with('/') || next.starts_with("//") || next.find('\\') != std::string::npos;
    return leads_away || next.size() > kNextBytesMax ? base_url : next;
}

std::string form(std::initializer_list<std::pair<const char*, std::string>> values) {
    std::string text;
    for (const auto& [name, value] : values) {
        text.append(text.empty() ? "" : "&").append(name).append("=").append(percent_encode(value));
    }
    return text;
}

/// Empty: the answer holds none.
std::string access_token_of(const std::string& body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object()) return {};
    const auto token = answer.find("access_token");
    return token != answer.end() && token->is_string() ? token->get<std::string>() : std::string();
}

Response redirect(const std::string& location) {
    Response response{http::status::found, {}, {}, {}};
    response.headers.emplace_back("Location", location);
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

void add(Response& response, const Cookie& cookie) {
    response.headers.emplace_back("Set-Cookie", set_cookie_text(cookie));
}

}  // namespace

HubLogin::HubLogin(const config::HubConfig& hub, std::string base_url, const HubClient& client,
                   const tenants::Clock& clock, Log& log)
    : client_id_(hub.client_id),
      client_secret_(hub.api_token),
      authorize_url_(hub.authorize_url),
      callback_url_(hub.callback_url.empty() ? base_url + "oauth_callback" : hub.callback_url),
      base_url_(std::move(base_url)),
      https_(hub.https),
      client_(client),
      log_(log),
      sessions_(clock) {}

void HubLogin::add_routes(Router& router) {
    router.add_async(http::verb::get, "/oauth_callback", Access::open,
                     [this](RequestScope& scope) { return callback(scope); });
}

HubLogin::Shown HubLogin::session_of(const RequestScope& scope) {
    Shown shown;
    for (const std::string& cookie : cookies_called(scope.request, client_id_)) {
        auto token = sessions_.token_of(cookie);
        if (!token) continue;
        shown.token = std::move(*token);
        if (navigates(scope.request)) break;
        // A browser sends the cookie along whoever makes it ask; only a page of ours can know what belongs to it.
        std::string proof = scope.query.get(kXsrfCookie).value_or("");
        if (proof.empty()) proof = field_of(scope.request, kXsrfHeader);
        if (sessions_.is_xsrf_of(cookie, proof)) break;
        shown.refusal = error_response(http::status::forbidden,
                                       proof.empty() ? "'_xsrf' is missing: with a cookie, X-XSRFToken must be sent"
                                                     : "'_xsrf' does not belong to this login");
        break;
    }
    return shown;
}

std::optional<Response> HubLogin::invite(const RequestScope& scope) {
    if (!navigates(scope.request)) return std::nullopt;
    if (field_of(scope.request, "Accept").find("text/html") == std::string_view::npos) return std::nullopt;
    std::string browser = browser_of(scope);
    if (browser.empty()) browser = sessions_.name_browser();
    const std::string verifier = make_pkce_verifier();
    const std::string state = sessions_.begin_login(browser, {verifier, target_of(scope, base_url_)});
    Response response = redirect(authorize_url_ + "?" +
                                 form({{"client_id", client_id_},
                                       {"redirect_uri", callback_url_},
                                       {"response_type", "code"},
                                       {"state", state},
                                       {"code_challenge", pkce_challenge(verifier)},
                                       {"code_challenge_method", "S256"}}));
    add(response, cookie(scope, client_id_ + kStateSuffix, browser, kPendingLoginLifetime));
    return response;
}

/// Empty: it has not been named yet.
std::string HubLogin::browser_of(const RequestScope& scope) const {
    for (const std::string& cookie : cookies_called(scope.request, client_id_ + kStateSuffix)) {
        if (sessions_.is_browser(cookie)) return cookie;
    }
    return {};
}

Cookie HubLogin::cookie(const RequestScope& scope, std::string name, std::string value,
                        std::chrono::seconds max_age) const {
    return {.name = std::move(name),
            .value = std::move(value),
            .path = base_url_,
            .max_age = max_age,
            .http_only = true,
            .secure = https_ || scope.is_tls || comes_by_https(scope.request)};
}

Awaitable<Response> HubLogin::callback(RequestScope& scope) {
    Response response;
    if (const auto error = scope.query.get("error")) {
        response = error_response(http::status::forbidden, "JupyterHub refuses the login: " + config::shown(*error));
        co_return response;
    }
    auto code = scope.query.get("code");
    const auto state = scope.query.get("state");
    if (!code || code->empty() || !state) {
        response = error_response(http::status::bad_request, "A login needs both code and state");
        co_return response;
    }
    auto login = sessions_.finish_login(browser_of(scope), *state);
    if (!login) {
        response = error_response(http::status::forbidden,
                                  "This login was begun elsewhere or too long ago; go to " + base_url_ + " again");
        co_return response;
    }
    response = co_await exchange(scope, std::move(*code), std::move(*login));
    co_return response;
}

Awaitable<Response> HubLogin::exchange(const RequestScope& scope, std::string code, PendingLogin login) {
    std::string question = form({{"client_id", client_id_},
                                 {"client_secret", client_secret_},
                                 {"grant_type", "authorization_code"},
                                 {"code", code},
                                 {"redirect_uri", callback_url_},
                                 {"code_verifier", login.verifier}});
    const HubResult answer = co_await client_.post_form("/oauth2/token", std::move(question));
    Response response;
    if (!answer || answer->status >= 500) {
        const std::string why =
            answer ? "JupyterHub answers with status " + std::to_string(answer->status) : answer.error().detail;
        log_.warn("request={} login failed: {}", scope.id, why);
        response = error_response(Failure<AuthErrc>{AuthErrc::unavailable, why});
        co_return response;
    }
    std::string token = answer->status == 200 ? access_token_of(answer->body) : std::string();
    if (token.empty()) {
        log_.warn("request={} login refused by JupyterHub: status={}", scope.id, answer->status);
        response = error_response(http::status::forbidden,
                                  "JupyterHub does not accept this login; go to " + base_url_ + " again");
        co_return response;
    }
    response = welcome(scope, std::move(token), login.next);
    co_return response;
}

Response HubLogin::welcome(const RequestScope& scope, std::string token, const std::string& next) {
    const std::string session = sessions_.open(std::move(token));
    Response response = redirect(next);
    add(response, cookie(scope, client_id_, session, kBrowserSessionLifetime));
    Cookie xsrf = cookie(scope, kXsrfCookie, sessions_.xsrf_of(session), kBrowserSessionLifetime);
    xsrf.http_only = false;  // scripts of our pages are to read it
    add(response, xsrf);
    add(response, cookie(scope, client_id_ + kStateSuffix, "", std::chrono::seconds(0)));
    return response;
}

}  // namespace corncob::server
