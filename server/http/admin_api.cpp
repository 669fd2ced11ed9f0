#include "server/http/admin_api.hpp"

#include "protocol/rest/models.hpp"
#include "server/completion.hpp"
#include "server/http/error_response.hpp"
#include "server/http/kernels_api.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

/// `maximum` 0: no limit.
json use_of(const tenants::Limit& limit) {
    return {{"used", limit.used()}, {"maximum", limit.maximum()}};
}

}  // namespace

void AdminApi::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api/admin/tenants", Access::admin, [this](RequestScope&) { return tenants(); });
    router.add(get, "/api/admin/kernels", Access::admin, [this](RequestScope&) { return kernels(); });
    router.add_async(delete_, "/api/admin/kernels/{}/{}", Access::admin,
                     [this](RequestScope& scope) { return end_kernel(scope); });
    router.add(post, "/api/admin/drain", Access::admin, [this](RequestScope&) {
        drain_();
        return Response::json({{"status", "draining"}}, http::status::accepted);
    });
}

Response AdminApi::tenants() const {
    json models = json::array();
    for (tenants::Tenant* tenant : tenants_.all()) {
        std::size_t busy = 0;
        for (const auto& kernel : tenant->kernels().list()) busy += kernel->busy() ? 1 : 0;
        models.push_back({{"name", tenant->id().str()},
                          {"kernels", use_of(tenant->kernels_limit())},
                          {"kernels_busy", busy},
                          {"connections", use_of(tenant->connections_limit())},
                          {"sessions", tenant->sessions().list().size()}});
    }
    return Response::json(models);
}

Response AdminApi::kernels() const {
    json models = json::array();
    for (tenants::Tenant* tenant : tenants_.all()) {
        for (const auto& kernel : tenant->kernels().list()) {
            json model = to_json(kernel->model());
            model["tenant"] = tenant->id().str();
            models.push_back(std::move(model));
        }
    }
    return Response::json(models);
}

Awaitable<Response> AdminApi::end_kernel(RequestScope& scope) const {
    const std::string& name = scope.path_parameters.at(0);
    const std::string& id = scope.path_parameters.at(1);
    const Executor executor = co_await asio::this_coro::executor;
    Completion ended(executor);
    for (tenants::Tenant* tenant : tenants_.all()) {
        if (tenant->id().str() != name) continue;
        if (!tenant->kernels().shutdown(protocol::KernelId(id), ended.notifier())) break;
        co_await ended.wait(kEndGrace);
        co_return Response::no_content();
    }
    co_return no_such_kernel(id);
}

}  // namespace corncob::server
