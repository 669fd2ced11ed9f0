// GET /api/kernels/{id}/channels: all that is checked before a connection becomes a WebSocket.
#pragma once

#include "server/http/cors.hpp"
#include "server/http/router.hpp"
#include "server/websocket/websocket_registry.hpp"

namespace corncob::server {

/// Thread-safe. References outlive every upgraded connection.
class ChannelsApi {
 public:
    ChannelsApi(const Cors& cors, WebsocketRegistry& websockets, const ServerState& state, DoorObserver& observer,
                Log& log, const config::ServerConfig& config);
    void add_routes(Router& router);

 private:
    class ChannelsUpgrade;
    Response open(RequestScope& scope) const;

    const Cors& cors_;
    WebsocketRegistry& websockets_;
    const ServerState& state_;
    DoorObserver& observer_;
    Log& log_;
    const WebsocketLimits limits_;
};

/// The form for what a client offers in Sec-WebSocket-Protocol: v1 if it is among it.
WireForm wire_form_of(std::string_view offered_subprotocols);

}  // namespace corncob::server
