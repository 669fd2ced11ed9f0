#include "protocol/wire/encoded_message.hpp"

#include "protocol/wire/websocket_v1_codec.hpp"

namespace corncob::protocol::wire {
namespace {

template <class Encoding, class Encode>
const Encoding& made_once(std::atomic<bool>& made, std::mutex& turn, Encoding& encoding, Encode encode) {
    if (!made.load(std::memory_order_acquire)) {
        const std::lock_guard lock(turn);
        if (!made.load(std::memory_order_relaxed)) {
            encoding = encode();
            made.store(true, std::memory_order_release);
        }
    }
    return encoding;
}

}  // namespace

const std::string& EncodedMessage::websocket_v1() const {
    return made_once(v1_made_, encoding_, v1_, [this] { return encode_websocket_v1(message_); });
}

const LegacyFrame& EncodedMessage::websocket_legacy() const {
    return made_once(legacy_made_, encoding_, legacy_, [this] { return encode_websocket_legacy(message_); });
}

}  // namespace corncob::protocol::wire
