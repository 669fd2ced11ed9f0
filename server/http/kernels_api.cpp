#include "server/http/kernels_api.hpp"

#include <filesystem>

#include "protocol/rest/models.hpp"
#include "server/completion.hpp"
#include "server/http/error_response.hpp"
#include "server/http/json_body.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;
using protocol::KernelId;
using tenants::Errc;
using tenants::Failure;

constexpr std::string_view kEnvPrefix = "KERNEL_";
constexpr const char* kWorkingDirVariable = "KERNEL_WORKING_DIR";

/// The KERNEL_* variables of a request's `env`; others are left out without an error, as Kernel Gateway does.
tenants::Result<std::map<std::string, std::string>> env_of(const json& body) {
    const auto object = object_field(body, "env");
    if (!object) return object.error();
    std::map<std::string, std::string> env;
    for (const auto& [name, value] : object->value.items()) {
        if (!name.starts_with(kEnvPrefix)) continue;
        if (!value.is_string()) {
            return Failure{Errc::missing_field, "env." + name + " must be a string, not " + value.type_name()};
        }
        auto text = value.get<std::string>();
        if (name.find_first_of(std::string_view("=\0", 2)) != std::string::npos ||
            text.find('\0') != std::string::npos) {
            return Failure{Errc::missing_field, "env: a name must not hold '=' or NUL, a value no NUL"};
        }
        env.emplace(name, std::move(text));
    }
    return env;
}

/// Front ends behind a gateway name a directory of their own machine: it counts where it exists here, too.
std::string working_dir_of(const std::map<std::string, std::string>& env) {
    const auto found = env.find(kWorkingDirVariable);
    if (found == env.end()) return {};
    const std::filesystem::path path(found->second);
    std::error_code error;
    return path.is_absolute() && std::filesystem::is_directory(path, error) ? found->second : std::string();
}

tenants::Result<tenants::StartKernel> start_request_of(const std::string& text) {
    const auto body = parse_json_body(text);
    if (!body) return body.error();
    auto name = string_field(body->value, "name");
    if (!name) return name.error();
    auto kernel_id = string_field(body->value, "kernel_id");
    if (!kernel_id) return kernel_id.error();
    const auto path = string_field(body->value, "path");  // of a contents root that is not ours: checked, not used
    if (!path) return path.error();
    auto env = env_of(body->value);
    if (!env) return env.error();
    std::string working_dir = working_dir_of(*env);
    return tenants::StartKernel{std::move(*name), std::move(*kernel_id), std::move(*env), std::move(working_dir)};
}

std::shared_ptr<tenants::Kernel> kernel_of(const RequestScope& scope) {
    return scope.tenant->kernels().find(KernelId(scope.path_parameters.at(0)));
}

Response model(RequestScope& scope) {
    const auto kernel = kernel_of(scope);
    if (!kernel) return no_such_kernel(scope.path_parameters[0]);
    return Response::json(to_json(kernel->model()));
}

Response interrupt(RequestScope& scope) {
    const auto kernel = kernel_of(scope);
    if (!kernel) return no_such_kernel(scope.path_parameters[0]);
    kernel->interrupt();
    return Response::no_content();
}

}  // namespace

Response no_such_kernel(const std::string& kernel_id) {
    return error_response(http::status::not_found, "Kernel does not exist: " + kernel_id);
}

void KernelsApi::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api/kernels", Access::read, [this](RequestScope& scope) { return list(scope); });
    router.add(post, "/api/kernels", Access::execute, [this](RequestScope& scope) { return start(scope); });
    router.add(get, "/api/kernels/{}", Access::read, model);
    router.add_async(delete_, "/api/kernels/{}", Access::execute, [this](RequestScope& scope) { return end(scope); });
    router.add(post, "/api/kernels/{}/interrupt", Access::execute, interrupt);
    router.add_async(post, "/api/kernels/{}/restart", Access::execute,
                     [this](RequestScope& scope) { return restart(scope); });
}

Response KernelsApi::list(RequestScope& scope) const {
    if (!list_kernels_) return error_response(http::status::forbidden, "Forbidden");
    json models = json::array();
    for (const auto& kernel : scope.tenant->kernels().list()) models.push_back(to_json(kernel->model()));
    return Response::json(models);
}

Response KernelsApi::start(RequestScope& scope) const {
    auto request = start_request_of(scope.request.body());
    if (!request) return error_response(request.error());
    const auto kernel = scope.tenant->kernels().start(std::move(*request));
    if (!kernel) return error_response(kernel.error());
    scope.kernel = (*kernel)->id().str();
    Response response = Response::json(to_json((*kernel)->model()), http::status::created);
    response.headers.emplace_back("Location", base_url_ + "api/kernels/" + percent_encode((*kernel)->id().str()));
    return response;
}

Awaitable<Response> KernelsApi::end(RequestScope& scope) const {
    const Executor executor = co_await asio::this_coro::executor;
    Completion ended(executor);
    const std::string& id = scope.path_parameters.at(0);
    if (!scope.tenant->kernels().shutdown(KernelId(id), ended.notifier())) co_return no_such_kernel(id);
    co_await ended.wait(kEndGrace);
    co_return Response::no_content();
}

Awaitable<Response> KernelsApi::restart(RequestScope& scope) const {
    const Executor executor = co_await asio::this_coro::executor;
    const auto kernel = kernel_of(scope);
    if (!kernel) co_return no_such_kernel(scope.path_parameters[0]);
    Completion restarted(executor);
    kernel->restart(restarted.notifier());
    co_await restarted.wait(kEndGrace);
    co_return Response::json(to_json(kernel->model()));
}

}  // namespace corncob::server
