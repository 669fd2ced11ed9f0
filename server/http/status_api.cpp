#include "server/http/status_api.hpp"

#include <algorithm>

#include "protocol/timestamp.hpp"
#include "server/http/error_response.hpp"
#include "server/http/static_files.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

/// The version of jupyter_server whose API this is: clients choose features by it.
constexpr const char* kApiVersion = "2.21.1";

struct Figures {
    std::size_t kernels = 0;
    std::size_t connections = 0;
    std::chrono::system_clock::time_point last_activity;
};

Figures figures_of(tenants::Tenant& tenant, std::chrono::system_clock::time_point since) {
    Figures figures{0, 0, since};
    for (const auto& kernel : tenant.kernels().list()) {
        const auto model = kernel->model();
        ++figures.kernels;
        figures.connections += model.connections;
        figures.last_activity = std::max(figures.last_activity, model.last_activity);
    }
    return figures;
}

bool allowed(const Rights& rights, const std::string& resource, const std::string& action) {
    if (action == "read") return rights.read;
    const bool of_kernels = resource == "kernels" || resource == "sessions";
    return of_kernels && (action == "write" || action == "execute") && rights.execute;
}

/// Those of the asked-for permissions that the principal has; nothing: the question is no {"resource": ["action"]}.
std::optional<json> permissions_of(const Rights& rights, const std::string& question) {
    const json asked = json::parse(question, nullptr, false);
    if (!asked.is_object()) return std::nullopt;
    json granted = json::object();
    for (const auto& [resource, actions] : asked.items()) {
        if (!actions.is_array()) return std::nullopt;
        json& of_resource = granted[resource] = json::array();
        for (const json& action : actions) {
            if (!action.is_string()) return std::nullopt;
            if (allowed(rights, resource, action.get<std::string>())) of_resource.push_back(action);
        }
    }
    return granted;
}

Response version(RequestScope&) {
    return Response::json({{"version", kApiVersion}});
}

Response me(RequestScope& scope) {
    const std::string& name = scope.principal.name;
    auto permissions = permissions_of(scope.principal.rights, scope.query.get("permissions").value_or("{}"));
    if (!permissions) {
        return error_response(http::status::bad_request,
                              "permissions should be a JSON dict of {\"resource\": [\"action\",]}");
    }
    (*permissions)["updatable_fields"] = json::array();
    const json identity{{"username", name},    {"name", name},          {"display_name", name},
                        {"initials", nullptr}, {"avatar_url", nullptr}, {"color", nullptr}};
    return Response::json({{"identity", identity}, {"permissions", *permissions}});
}

Response me_is_fixed(RequestScope&) {
    return error_response(http::status::not_implemented, "An identity cannot be changed here");
}

Response spec(RequestScope&) {
    const StaticFile& file = *find_static_file("spec.yaml");
    return {http::status::ok, std::string(file.content), std::string(file.content_type), {}};
}

}  // namespace

void StatusApi::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api", Access::open, version);
    router.add(get, "/healthz", Access::open, [this](RequestScope&) { return health(); });
    router.add(get, "/readyz", Access::open, [this](RequestScope&) { return ready(); });
    router.add(get, "/api/status", Access::read, [this](RequestScope& scope) { return status(scope); });
    router.add(get, "/api/me", Access::read, me);
    router.add(patch, "/api/me", Access::read, me_is_fixed);
    router.add(get, "/api/spec.yaml", Access::read, spec);
}

Response StatusApi::health() const {
    return Response::json({{"status", "ok"},
                           {"version", CORNCOB_VERSION},
                           {"isolation", isolation_},
                           {"disowned_threads", host_.disowned_threads()}});
}

Response StatusApi::ready() const {
    if (state_.draining()) return error_response(http::status::service_unavailable, "The daemon is going down");
    return Response::json({{"status", "ready"}});
}

Response StatusApi::status(const RequestScope& scope) const {
    const Figures figures = figures_of(*scope.tenant, state_.started());
    return Response::json({{"started", protocol::iso8601(state_.started())},
                           {"last_activity", protocol::iso8601(figures.last_activity)},
                           {"kernels", figures.kernels},
                           {"connections", figures.connections}});
}

}  // namespace corncob::server
