// The open WebSockets, each under the name of its client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/websocket/kernel_websocket.hpp"

namespace corncob::server {

/// Thread-safe. Does not keep a WebSocket alive.
class WebsocketRegistry {
 public:
    /// A client that connects again under the same key replaces its stale connection, which is closed and returned.
    /// Connections may come here in another order than they were made: an older one (by `arrival`) replaces none, and
    /// is closed itself.
    std::shared_ptr<KernelWebsocket> add(const std::string& key, const std::shared_ptr<KernelWebsocket>& websocket,
                                         std::uint64_t arrival);
    void remove(const std::string& key, const KernelWebsocket* websocket);
    /// Calls `what`, which must not come back here, unless another one has its place by now.
    void unless_replaced(const std::string& key, const KernelWebsocket* websocket, const std::function<void()>& what);

    void close_all(std::uint16_t code, const std::string& reason);

    struct Figures {
        std::size_t open = 0;
        std::size_t outbox_bytes = 0;
    };
    Figures figures();

 private:
    struct Place {
        std::weak_ptr<KernelWebsocket> websocket{};
        std::uint64_t arrival = 0;
    };

    std::mutex mutex_;
    std::map<std::string, Place> websockets_;  // bounded by connections_max
};

}  // namespace corncob::server
