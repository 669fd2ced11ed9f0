#include "server/websocket/websocket_registry.hpp"

namespace corncob::server {

std::shared_ptr<KernelWebsocket> WebsocketRegistry::add(const std::string& key,
                                                        const std::shared_ptr<KernelWebsocket>& websocket,
                                                        std::uint64_t arrival) {
    std::shared_ptr<KernelWebsocket> stale;
    bool is_older = false;
    {
        const std::lock_guard lock(mutex_);
        Place& place = websockets_[key];
        stale = place.websocket.lock();
        is_older = stale && arrival < place.arrival;
        if (!is_older) place = {websocket, arrival};
    }
    const auto& replaced = is_older ? websocket : stale;
    if (replaced) replaced->close(websocket::close_code::normal, kReplaced);
    return is_older ? nullptr : stale;
}

void WebsocketRegistry::remove(const std::string& key, const KernelWebsocket* websocket) {
    const std::lock_guard lock(mutex_);
    const auto found = websockets_.find(key);
    if (found != websockets_.end() && found->second.websocket.lock().get() == websocket) websockets_.erase(found);
}

void WebsocketRegistry::unless_replaced(const std::string& key, const KernelWebsocket* websocket,
                                        const std::function<void()>& what) {
    const std::lock_guard lock(mutex_);
    const auto found = websockets_.find(key);
    if (found != websockets_.end() && found->second.websocket.lock().get() == websocket) what();
}

void WebsocketRegistry::close_all(std::uint16_t code, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, place] : websockets_) {
        if (const auto websocket = place.websocket.lock()) websocket->close(code, reason);
    }
}

WebsocketRegistry::Figures WebsocketRegistry::figures() {
    const std::lock_guard lock(mutex_);
    Figures figures;
    for (const auto& [key, place] : websockets_) {
        const auto websocket = place.websocket.lock();
        if (!websocket) continue;
        ++figures.open;
        figures.outbox_bytes += websocket->queued_bytes();
    }
    return figures;
}

}  // namespace corncob::server
