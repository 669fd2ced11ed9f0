#include "server/http/access_log.hpp"

#include <string>
#include <string_view>

namespace corncob::server {
namespace {

/// Whoever is refused in a browser is sent to where they may try again.
bool is_refusal(const RequestScope& scope, http::status status) {
    return (status == http::status::see_other && !scope.refusal.empty()) || status == http::status::unauthorized ||
           status == http::status::forbidden || status == http::status::too_many_requests;
}

spdlog::level::level_enum level_of(const Request& request, http::status status, bool refused) {
    if (static_cast<unsigned>(status) >= 500) return spdlog::level::err;
    if (refused) return spdlog::level::warn;
    switch (request.method()) {
        case http::verb::get:
        case http::verb::head:
        case http::verb::options:
            return spdlog::level::debug;
        default:
            return spdlog::level::info;
    }
}

/// What is known of where it comes from. The principal's name may be any text, so nothing follows it.
std::string who(const RequestScope& scope) {
    std::string text = "request=" + scope.id + " address=" + scope.address;
    if (scope.tenant) text += " tenant=" + scope.tenant->id().str();
    if (!scope.kernel.empty()) text += " kernel=" + scope.kernel;
    return text;
}

std::string principal_of(const RequestScope& scope) {
    return scope.principal.name.empty() ? std::string() : " principal=" + scope.principal.name;
}

std::string why(const RequestScope& scope, const Response& response) {
    if (!scope.refusal.empty()) return ": " + scope.refusal;
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    if (!body.is_object() || !body.contains("message") || !body["message"].is_string()) return {};
    return ": " + body["message"].get<std::string>();
}

}  // namespace

void log_request(Log& log, const RequestScope& scope, const Response& response, std::chrono::nanoseconds took) {
    const bool refused = is_refusal(scope, response.status);
    const auto level = level_of(scope.request, response.status, refused);
    if (!log.should_log(level)) return;
    const std::chrono::duration<double, std::milli> ms = took;
    log.log(level, "{}{} method={} path={} status={} ms={:.2f}{}{}", refused ? "audit=refused " : "", who(scope),
            std::string_view(scope.request.method_string()), scope.path, static_cast<unsigned>(response.status),
            ms.count(), principal_of(scope), refused ? why(scope, response) : std::string());
}

void log_upgrade(Log& log, const RequestScope& scope) {
    log.debug("{} method=GET path={} status=101{}", who(scope), scope.path, principal_of(scope));
}

}  // namespace corncob::server
