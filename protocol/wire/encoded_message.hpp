// One outgoing message, encoded at most once per wire format and shared by all who receive it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "protocol/message.hpp"
#include "protocol/wire/websocket_legacy_codec.hpp"

namespace corncob::protocol::wire {

/// Immutable to its users; thread-safe. The first caller of an encoding pays for it.
class EncodedMessage {
 public:
    explicit EncodedMessage(Message message) : message_(std::move(message)) {}

    const Message& message() const { return message_; }
    const std::string& websocket_v1() const;
    const LegacyFrame& websocket_legacy() const;

 private:
    const Message message_;
    mutable std::once_flag v1_once_;
    mutable std::once_flag legacy_once_;
    mutable std::string v1_;
    mutable LegacyFrame legacy_;
};

using SharedMessage = std::shared_ptr<const EncodedMessage>;

}  // namespace corncob::protocol::wire
