#include "server/http/http_service.hpp"

#include <chrono>
#include <utility>

#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

/// Null: none is missing.
const char* missing_right(const Rights& rights, Access access) {
    switch (access) {
        case Access::open:
        case Access::known:
            return nullptr;
        case Access::read:
            return rights.read ? nullptr : "read";
        case Access::execute:
            return rights.execute ? nullptr : "execute";
        case Access::admin:
            return rights.admin ? nullptr : "admin";
    }
    return "any";
}

}  // namespace

Awaitable<Response> HttpService::respond(RequestScope& scope) {
    Response response = co_await route(scope);
    cors_.decorate(scope.request, response);
    co_return response;
}

Awaitable<Response> HttpService::route(RequestScope& scope) {
    const auto target = parse_target({scope.request.target().data(), scope.request.target().size()});
    if (target) {
        scope.path = target->path;
        scope.query = Query(target->query);
    }
    if (scope.request.method() == http::verb::options) co_return cors_.preflight(scope.request);  // "OPTIONS *" too
    if (!target) co_return error_response(http::status::bad_request, "The request target is no path");

    RouteMatch match = router_.match(scope.request.method(), scope.path);
    if (match.kind == RouteMatch::Kind::malformed) {
        co_return error_response(http::status::bad_request, "The path is not percent-encoded UTF-8: " + scope.path);
    }
    if (match.kind == RouteMatch::Kind::no_such_path) {
        co_return error_response(http::status::not_found, "There is nothing at " + scope.path);
    }
    if (match.kind == RouteMatch::Kind::no_such_method) {
        Response response = error_response(http::status::method_not_allowed, "Allowed here: " + match.allow);
        response.headers.emplace_back("Allow", match.allow);
        co_return response;
    }
    scope.path_parameters = std::move(match.parameters);
    if (match.route->access != Access::open) {
        auto refused = co_await admit(scope, match.route->access);
        if (refused) co_return std::move(*refused);
    }
    Response response = co_await call(scope, match.route->handler);
    co_return response;
}

/// The refusal, or nothing: principal and tenant of the scope are set.
Awaitable<std::optional<Response>> HttpService::admit(RequestScope& scope, Access access) {
    const auto header = scope.request[http::field::authorization];
    Credentials credentials = parse_credentials({header.data(), header.size()}, scope.query);
    const bool guessed = !credentials.token.empty();
    credentials.from_here = !guessed && cors_.comes_from_here(scope.request);
    std::optional<Response> refused;
    if (!guessed && browsers_) {
        BrowserLogin::Shown shown = browsers_->session_of(scope);
        if (shown.refusal) {
            observer_.authenticated("refused");
            scope.refusal = "no proof that its page may use the cookie";
            refused = std::move(shown.refusal);
            co_return refused;
        }
        credentials.token = std::move(shown.token);
        scope.xsrf = std::move(shown.xsrf);
    }
    Authentication answer = co_await authenticator_.authenticate(std::move(credentials));
    if (!answer) {
        observer_.authenticated(answer.error().code == AuthErrc::not_allowed ? "forbidden" : "unavailable");
        scope.refusal = answer.error().detail;
        refused = error_response(answer.error());
        co_return refused;
    }
    std::optional<Principal>& principal = *answer;
    if (!principal) {
        observer_.authenticated(guessed ? "refused" : "missing");
        if (guessed) co_await slow_down(scope);
        refused = invite(scope, guessed);
        if (!refused) refused = error_response(http::status::forbidden, "Forbidden");
        co_return refused;
    }
    const char* missing = missing_right(principal->rights, access);
    observer_.authenticated(missing ? "forbidden" : "accepted");
    scope.tenant = &tenants_.of(principal->tenant);
    scope.principal = std::move(*principal);
    if (missing) {
        refused =
            error_response(http::status::forbidden, std::string("The token does not give this right: ") + missing);
        co_return refused;
    }
    const auto taken = scope.tenant->requests_limit().take(std::chrono::steady_clock::now());
    if (!taken) refused = error_response(taken.error());
    co_return refused;
}

/// Where a person who has shown nothing, or a bad token in the address, may log in. Nothing: it is none.
std::optional<Response> HttpService::invite(const RequestScope& scope, bool guessed) const {
    if (!guessed && hub_) return hub_->invite(scope);
    if (!browsers_) return std::nullopt;
    const std::string& base_url = browsers_->base_url();
    const bool is_page = scope.path == base_url || scope.path + "/" == base_url;
    if (!is_page || !asks_for_a_page(scope.request)) return std::nullopt;
    if (guessed && scope.query.get("token").value_or("").empty()) return std::nullopt;
    return redirect(base_url + (guessed ? kRefusedLogin : kLogin), http::status::see_other);
}

Awaitable<void> HttpService::slow_down(RequestScope& scope) {
    const auto delay = throttle_.failed(scope.address);
    scope.refusal = kNobodysToken;
    if (delay.count() == 0) co_return;
    Timer timer(co_await asio::this_coro::executor, delay);
    co_await timer.async_wait(kAsTuple);
}

Awaitable<Response> HttpService::call(RequestScope& scope, const Handler& handler) {
    Response response;
    try {
        if (const auto* sync = std::get_if<SyncHandler>(&handler)) {
            response = (*sync)(scope);
        } else {
            response = co_await std::get<AsyncHandler>(handler)(scope);
        }
    } catch (const std::exception& exception) {
        // A handler's errors are values; what is thrown is a bug, and the client learns no more than its name.
        log_.error("request={} path={} failed inside: {}", scope.id, scope.path, exception.what());
        scope.upgrade.reset();
        response = error_response(http::status::internal_server_error,
                                  "The request failed inside; see the log at " + scope.id);
    }
    co_return response;
}

}  // namespace corncob::server
