// One outgoing message, encoded at most once per wire format and shared by all who receive it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "protocol/message.hpp"
#include "protocol/wire/websocket_legacy_codec.hpp"

namespace corncob::protocol::wire {

/// Immutable to its users; thread-safe. The first caller of an encoding pays for it.
class EncodedMessage {
 public:
    explicit EncodedMessage(Message message, std::uint64_t position = 0)
        : message_(std::move(message)), position_(position) {}

    const Message& message() const { return message_; }
    /// Its place among the messages of its kernel, growing in the order in which they are sent; 0: it has none. Never
    /// on the wire.
    std::uint64_t position() const { return position_; }
    const std::string& websocket_v1() const;
    const LegacyFrame& websocket_legacy() const;

 private:
    const Message message_;
    const std::uint64_t position_;
    // No std::call_once: libstdc++'s makes a system call, though nobody waits.
    mutable std::mutex encoding_;
    mutable std::atomic<bool> v1_made_{false};
    mutable std::atomic<bool> legacy_made_{false};
    mutable std::string v1_;
    mutable LegacyFrame legacy_;
};

using SharedMessage = std::shared_ptr<const EncodedMessage>;

}  // namespace corncob::protocol::wire
