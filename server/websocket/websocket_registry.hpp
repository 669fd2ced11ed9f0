// The open WebSockets, each under the name of its client.
#pragma once

#include <cstddef>
#include <cstdint>
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
    std::shared_ptr<KernelWebsocket> add(const std::string& key, const std::shared_ptr<KernelWebsocket>& websocket);
    void remove(const std::string& key, const KernelWebsocket* websocket);

    void close_all(std::uint16_t code, const std::string& reason);

    struct Figures {
        std::size_t open = 0;
        std::size_t outbox_bytes = 0;
    };
    Figures figures();

 private:
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<KernelWebsocket>> websockets_;  // bounded by connections_max
};

}  // namespace corncob::server
