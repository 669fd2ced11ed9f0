#include "server/websocket/websocket_registry.hpp"

namespace corncob::server {

std::shared_ptr<KernelWebsocket> WebsocketRegistry::add(const std::string& key,
                                                        const std::shared_ptr<KernelWebsocket>& websocket) {
    std::shared_ptr<KernelWebsocket> stale;
    {
        const std::lock_guard lock(mutex_);
        auto& place = websockets_[key];
        stale = place.lock();
        place = websocket;
    }
    if (stale) stale->close(websocket::close_code::normal, kReplaced);
    return stale;
}

void WebsocketRegistry::remove(const std::string& key, const KernelWebsocket* websocket) {
    const std::lock_guard lock(mutex_);
    const auto found = websockets_.find(key);
    if (found != websockets_.end() && found->second.lock().get() == websocket) websockets_.erase(found);
}

void WebsocketRegistry::close_all(std::uint16_t code, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, place] : websockets_) {
        if (const auto websocket = place.lock()) websocket->close(code, reason);
    }
}

WebsocketRegistry::Figures WebsocketRegistry::figures() {
    const std::lock_guard lock(mutex_);
    Figures figures;
    for (const auto& [key, place] : websockets_) {
        const auto websocket = place.lock();
        if (!websocket) continue;
        ++figures.open;
        figures.outbox_bytes += websocket->queued_bytes();
    }
    return figures;
}

}  // namespace corncob::server
