#include "protocol/wire/encoded_message.hpp"

#include "protocol/wire/websocket_v1_codec.hpp"

namespace corncob::protocol::wire {

const std::string& EncodedMessage::websocket_v1() const {
    if (!v1_made_.load(std::memory_order_acquire)) {
        const std::lock_guard lock(encoding_);
        if (!v1_made_.load(std::memory_order_relaxed)) {
            v1_ = encode_websocket_v1(message_);
            v1_made_.store(true, std::memory_order_release);
        }
    }
    return v1_;
}

const LegacyFrame& EncodedMessage::websocket_legacy() const {
    if (!legacy_made_.load(std::memory_order_acquire)) {
        const std::lock_guard lock(encoding_);
        if (!legacy_made_.load(std::memory_order_relaxed)) {
            legacy_ = encode_websocket_legacy(message_);
            legacy_made_.store(true, std::memory_order_release);
        }
    }
    return legacy_;
}

}  // namespace corncob::protocol::wire
