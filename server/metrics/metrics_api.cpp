#include "server/metrics/metrics_api.hpp"

#include <openssl/crypto.h>

#include <chrono>
#include <memory>

#include "server/auth/token_authenticator.hpp"
#include "server/http/error_response.hpp"
#include "server/http/http_service.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kWriteTimeout{30};

std::string hex_of(const TokenDigest& digest) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) hex.append({kHex[byte >> 4U], kHex[byte & 15U]});
    return hex;
}

/// In time that does not depend on how much of it is right.
bool is_token_of(const std::string& sha256, const std::string& token) {
    const std::string shown = hex_of(digest_of(token));
    return sha256.size() == shown.size() && CRYPTO_memcmp(sha256.data(), shown.data(), shown.size()) == 0;
}

}  // namespace

void MetricsApi::add_routes(Router& router) {
    router.add_async(http::verb::get, "/metrics", Access::open, [this](RequestScope& scope) { return answer(scope); });
}

void MetricsApi::configure(const config::MetricsConfig& config) {
    const std::lock_guard lock(mutex_);
    config_ = config;
}

config::MetricsConfig MetricsApi::current() const {
    const std::lock_guard lock(mutex_);
    return config_;
}

Awaitable<Response> MetricsApi::answer(RequestScope& scope) {
    const bool may = co_await may_look(scope);
    if (!may) {
        Response refused = error_response(http::status::forbidden, "Forbidden");
        co_return refused;
    }
    const auto accept = scope.request[http::field::accept];
    const Exposition form = exposition_for({accept.data(), accept.size()});
    std::function<std::string()> write = [this, form] { return expose(collect_(), form); };
    auto text = co_await writer_.ask<std::string>(std::move(write), kWriteTimeout);
    if (!text) {
        Response late = error_response(http::status::service_unavailable, "The metrics take too long");
        co_return late;
    }
    Response response{http::status::ok, std::move(*text), content_type_of(form), {}};
    co_return response;
}

Awaitable<bool> MetricsApi::may_look(RequestScope& scope) {
    const config::MetricsConfig config = current();
    if (!config.token_required) co_return true;
    const auto header = scope.request[http::field::authorization];
    Credentials credentials = parse_credentials({header.data(), header.size()}, scope.query);
    if (credentials.token.empty()) {
        guard_.observer.authenticated("missing");
        co_return false;
    }
    if (is_token_of(config.token_sha256, credentials.token)) {
        guard_.observer.authenticated("accepted");
        co_return true;
    }
    const Authentication found = co_await guard_.authenticator.authenticate(std::move(credentials));
    if (!found) {
        scope.refusal = found.error().detail;
        co_return false;
    }
    if (const std::optional<Principal>& principal = *found) {
        guard_.observer.authenticated(principal->rights.admin ? "accepted" : "forbidden");
        co_return principal->rights.admin;
    }
    guard_.observer.authenticated("refused");
    scope.refusal = kNobodysToken;
    Timer delay(co_await asio::this_coro::executor, guard_.throttle.failed(scope.address));
    co_await delay.async_wait(kAsTuple);
    co_return false;
}

}  // namespace corncob::server
