// What happens at the doors, told to whoever counts: the server's counterpart of tenants::Observer.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "protocol/channel.hpp"
#include "protocol/msg_type.hpp"

namespace corncob::server {

enum class Direction { in, out };

/// Every method may be called from any thread and must not block. Words are of small fixed sets. Empty defaults: who
/// does not care passes a plain DoorObserver.
class DoorObserver {
 public:
    virtual ~DoorObserver() = default;

    /// A message of a client has been decoded, or one is on its way to a client; once for each client that gets it.
    /// Called for every message: must cost next to nothing.
    virtual void message(Direction, protocol::Channel, protocol::MsgType) {}
    /// A message of a client that is not taken, e.g. "unknown_msg_type".
    virtual void message_refused(std::string_view /*reason*/) {}
    /// A client is cut off, e.g. by "outbox_bytes_max".
    virtual void client_disconnected(std::string_view /*reason*/) {}
    /// A connection that was turned away before it was served.
    virtual void connection_refused(std::string_view /*reason*/) {}
    /// An HTTP request has got its answer; 101 is a WebSocket.
    virtual void request_answered(std::string_view /*method*/, unsigned /*status*/) {}
    /// Who is it: "accepted", "missing", "refused" or "forbidden".
    virtual void authenticated(std::string_view /*result*/) {}
};

}  // namespace corncob::server
