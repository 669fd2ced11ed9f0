#include "server/http/hub_login.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "config/text.hpp"
#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kNextBytesMax = 2048;
constexpr const char* kStateSuffix = "-oauth-state";
constexpr const char* kXsrfCookie = "_xsrf";

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

}  // namespace

HubLogin::HubLogin(const config::HubConfig& hub, BrowserLogin& browsers, const HubClient& client, Log& log)
    : client_id_(hub.client_id),
      client_secret_(hub.api_token),
      authorize_url_(hub.authorize_url),
      callback_url_(hub.callback_url.empty() ? browsers.base_url() + "oauth_callback" : hub.callback_url),
      browsers_(browsers),
      client_(client),
      log_(log) {}

void HubLogin::add_routes(Router& router) {
    router.add_async(http::verb::get, "/oauth_callback", Access::open,
                     [this](RequestScope& scope) { return callback(scope); });
}

std::optional<Response> HubLogin::invite(const RequestScope& scope) {
    if (!asks_for_a_page(scope.request)) return std::nullopt;
    std::string browser = browser_of(scope);
    if (browser.empty()) browser = browsers_.sessions().name_browser();
    const std::string verifier = make_pkce_verifier();
    const std::string state =
        browsers_.sessions().begin_login(browser, {verifier, target_of(scope, browsers_.base_url())});
    Response response = redirect(authorize_url_ + "?" +
                                 form({{"client_id", client_id_},
                                       {"redirect_uri", callback_url_},
                                       {"response_type", "code"},
                                       {"state", state},
                                       {"code_challenge", pkce_challenge(verifier)},
                                       {"code_challenge_method", "S256"}}));
    add(response, browsers_.cookie(scope, client_id_ + kStateSuffix, browser, kPendingLoginLifetime));
    return response;
}

/// Empty: it has not been named yet.
std::string HubLogin::browser_of(const RequestScope& scope) const {
    for (const std::string& cookie : cookies_called(scope.request, client_id_ + kStateSuffix)) {
        if (browsers_.sessions().is_browser(cookie)) return cookie;
    }
    return {};
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
    auto login = browsers_.sessions().finish_login(browser_of(scope), *state);
    if (!login) {
        response = error_response(http::status::forbidden, "This login was begun elsewhere or too long ago; go to " +
                                                               browsers_.base_url() + " again");
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
                                  "JupyterHub does not accept this login; go to " + browsers_.base_url() + " again");
        co_return response;
    }
    response = welcome(scope, std::move(token), login.next);
    co_return response;
}

Response HubLogin::welcome(const RequestScope& scope, std::string token, const std::string& next) {
    Response response = redirect(next);
    const std::string proof = browsers_.open(scope, std::move(token), response);
    Cookie xsrf = browsers_.cookie(scope, kXsrfCookie, proof, kBrowserSessionLifetime);
    xsrf.http_only = false;  // scripts of our pages are to read it
    add(response, xsrf);
    add(response, browsers_.cookie(scope, client_id_ + kStateSuffix, "", std::chrono::seconds(0)));
    return response;
}

}  // namespace corncob::server
