#include "server/websocket/channels_api.hpp"

#include <boost/beast/http/rfc7230.hpp>

#include "protocol/uuid.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"
#include "server/http/error_response.hpp"
#include "server/http/kernels_api.hpp"

namespace corncob::server {

/// What an accepted client takes along from its request into its WebSocket.
class ChannelsApi::ChannelsUpgrade final : public Upgrade {
 public:
    ChannelsUpgrade(const ChannelsApi& api, std::shared_ptr<tenants::Kernel> kernel, tenants::ClientId client,
                    WireForm form, const WebsocketLimits& limits, std::string key, std::string name,
                    std::uint64_t arrival, tenants::QuotaUnit unit)
        : api_(api),
          kernel_(std::move(kernel)),
          client_(std::move(client)),
          form_(form),
          limits_(limits),
          key_(std::move(key)),
          name_(std::move(name)),
          arrival_(arrival),
          unit_(std::move(unit)) {}

    Awaitable<void> run(Stream stream, Request request) override {
        const auto websocket = std::make_shared<KernelWebsocket>(std::move(stream), kernel_, client_, form_, limits_,
                                                                 api_.state_, api_.observer_, api_.log_, name_);
        auto stale = api_.websockets_.add(key_, websocket, arrival_);
        KernelWebsocket::UnlessReplaced unless_replaced = [this, self = websocket.get()](const auto& what) {
            api_.websockets_.unless_replaced(key_, self, what);
        };
        co_await websocket->run(std::move(request), std::move(stale), std::move(unless_replaced));
        api_.websockets_.remove(key_, websocket.get());
    }

 private:
    const ChannelsApi& api_;
    const std::shared_ptr<tenants::Kernel> kernel_;
    const tenants::ClientId client_;
    const WireForm form_;
    const WebsocketLimits limits_;
    const std::string key_;
    const std::string name_;
    const std::uint64_t arrival_;
    const tenants::QuotaUnit unit_;  // of the tenant's connections_max
};

ChannelsApi::ChannelsApi(const Cors& cors, WebsocketRegistry& websockets, const ServerState& state,
                         DoorObserver& observer, Log& log, const config::ServerConfig& config)
    : cors_(cors),
      websockets_(websockets),
      state_(state),
      observer_(observer),
      log_(log),
      limits_{config.message_bytes_max,
              {config.outbox_bytes_max, std::chrono::seconds(config.slow_client_timeout_seconds)},
              std::chrono::seconds(config.ws_ping_interval_seconds)} {}

void ChannelsApi::add_routes(Router& router) {
    router.add(http::verb::get, "/api/kernels/{}/channels", Access::execute,
               [this](RequestScope& scope) { return open(scope); });
}

Response ChannelsApi::open(RequestScope& scope) const {
    if (!cors_.allows_websocket(scope.request)) {
        return error_response(http::status::forbidden, "Cross origin websockets not allowed");
    }
    const std::string& id = scope.path_parameters.at(0);
    auto kernel = scope.tenant->kernels().find(protocol::KernelId(id));
    if (!kernel) return no_such_kernel(id);
    if (!websocket::is_upgrade(scope.request)) {
        Response response = error_response(http::status::upgrade_required, "This is a WebSocket's address");
        response.headers.emplace_back("Upgrade", "websocket");
        return response;
    }
    auto unit = scope.tenant->connections_limit().take();
    if (!unit) return error_response(unit.error());
    const auto session_id = scope.query.get("session_id").value_or("");
    const std::string client = session_id.empty() ? protocol::make_uuid() : session_id;
    WebsocketLimits limits = limits_;
    limits.message_bytes_max = kernel->message_bytes_max(limits.message_bytes_max);
    limits.outbox.bytes_max = kernel->outbox_bytes_max(limits.outbox.bytes_max);
    scope.upgrade = std::make_unique<ChannelsUpgrade>(
        *this, std::move(kernel), tenants::ClientId{scope.principal.name, client},
        wire_form_of(scope.request[http::field::sec_websocket_protocol]), limits,
        scope.tenant->id().str() + ":" + id + ":" + client, scope.id, scope.arrival, std::move(*unit));
    return {};
}

WireForm wire_form_of(std::string_view offered_subprotocols) {
    for (const auto& offer : http::token_list(offered_subprotocols)) {
        if (offer == protocol::wire::kWebsocketV1Subprotocol) return WireForm::v1;
    }
    return WireForm::legacy;
}

}  // namespace corncob::server
