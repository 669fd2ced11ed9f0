#include "server/http/connection_api.hpp"

#include <optional>

#include "server/completion.hpp"
#include "server/http/error_response.hpp"
#include "server/http/kernels_api.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kOpenTimeout{5};

}  // namespace

void ConnectionApi::add_routes(Router& router) {
    router.add_async(http::verb::get, "/api/kernels/{}/connection", Access::execute,
                     [this](RequestScope& scope) { return connection(scope); });
}

Awaitable<Response> ConnectionApi::connection(RequestScope& scope) const {
    const Executor executor = co_await asio::this_coro::executor;
    auto kernel = scope.tenant->kernels().find(protocol::KernelId(scope.path_parameters.at(0)));
    if (!kernel) co_return no_such_kernel(scope.path_parameters[0]);
    Completion opened(executor);
    const auto result = std::make_shared<std::optional<ConnectionResult<ConnectionInfo>>>();
    zmq_.connection_of(std::move(kernel), [result, notify = opened.notifier()](auto info) {
        result->emplace(std::move(info));
        notify();
    });
    const bool done = co_await opened.wait(kOpenTimeout);
    if (!done) co_return error_response(http::status::service_unavailable, "the sockets are not open yet");
    if (!**result) co_return error_response(http::status::internal_server_error, (**result).error().detail);
    Response response;
    // With its file's name as its own code is told it, or as that file is.
    response.body = scope.query.get("file") ? answer_json(**result, true) : to_json((**result).value()).dump();
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

}  // namespace corncob::server
