#include "protocol/wire/encoded_message.hpp"

#include "protocol/wire/websocket_v1_codec.hpp"

namespace corncob::protocol::wire {

const std::string& EncodedMessage::websocket_v1() const {
    std::call_once(v1_once_, [this] { v1_ = encode_websocket_v1(message_); });
    return v1_;
}

const LegacyFrame& EncodedMessage::websocket_legacy() const {
    std::call_once(legacy_once_, [this] { legacy_ = encode_websocket_legacy(message_); });
    return legacy_;
}

}  // namespace corncob::protocol::wire
