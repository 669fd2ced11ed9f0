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
    router.add(post, "/api/admin/kernels/{}/{}/interrupt", Access::admin,
               [this](RequestScope& scope) { return interrupt(scope); });
    router.add_async(post, "/api/admin/kernels/{}/{}/restart", Access::admin,
                     [this](RequestScope& scope) { return restart(scope); });
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

tenants::Tenant* AdminApi::tenant_of(const RequestScope& scope) const {
    const std::string& name = scope.path_parameters.at(0);
    for (tenants::Tenant* tenant : tenants_.all()) {
        if (tenant->id().str() == name) return tenant;
    }
    return nullptr;
}

std::shared_ptr<tenants::Kernel> AdminApi::kernel_of(const RequestScope& scope) const {
    tenants::Tenant* const tenant = tenant_of(scope);
    return tenant ? tenant->kernels().find(protocol::KernelId(scope.path_parameters.at(1))) : nullptr;
}

Response AdminApi::interrupt(const RequestScope& scope) const {
    const auto kernel = kernel_of(scope);
    if (!kernel) return no_such_kernel(scope.path_parameters.at(1));
    kernel->interrupt();
    return Response::no_content();
}

Awaitable<Response> AdminApi::restart(RequestScope& scope) const {
    const Executor executor = co_await asio::this_coro::executor;
    const auto kernel = kernel_of(scope);
    if (!kernel) co_return no_such_kernel(scope.path_parameters.at(1));
    Completion restarted(executor);
    kernel->restart(restarted.notifier());
    co_await restarted.wait(kEndGrace);
    co_return Response::json(to_json(kernel->model()));
}

Awaitable<Response> AdminApi::end_kernel(RequestScope& scope) const {
    const protocol::KernelId id(scope.path_parameters.at(1));
    const Executor executor = co_await asio::this_coro::executor;
    Completion ended(executor);
    tenants::Tenant* const tenant = tenant_of(scope);
    const bool ends = tenant && tenant->kernels().shutdown(id, ended.notifier());
    if (!ends) co_return no_such_kernel(id.str());
    co_await ended.wait(kEndGrace);
    co_return Response::no_content();
}

}  // namespace corncob::server
