// The five sockets of one endpoint: made, bound, read from and written to without ever waiting.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "protocol/limits.hpp"
#include "protocol/wire/encoded_message.hpp"
#include "server/zmq/connection_file.hpp"

namespace corncob::server {

using ZmqFrames = std::vector<zmq::message_t>;

/// Bounds of what ZMQ itself keeps; what each is for is said where it is set.
inline constexpr int kIopubMessagesMax = 100'000;  ///< waiting for one subscriber; beyond, it has no room
inline constexpr int kReplyMessagesMax = 10'000;   ///< waiting for one client; beyond, its replies are dropped
/// Frames of a message that are kept: one more than are allowed, for who decodes it to refuse.
inline constexpr std::size_t kFramesMax = protocol::kPartsMax + protocol::kIdentitiesMax + 1;

enum class ZmqSent : int { yes, nobody_there, full };

/// Of the reactor's thread.
class ZmqSockets {
 public:
    /// Binds all five; ports that were wildcards are filled into `info`. `frame_bytes_max`: whoever sends more in one
    /// frame is disconnected by ZMQ.
    static ConnectionResult<ZmqSockets> bind(zmq::context_t& context, ConnectionInfo& info, std::size_t frame_bytes_max,
                                             int iopub_messages_max = kIopubMessagesMax);

    ZmqSockets() = default;
    ZmqSockets(ZmqSockets&&) = default;
    ZmqSockets& operator=(ZmqSockets&&) = delete;
    ZmqSockets(const ZmqSockets&) = delete;
    ZmqSockets& operator=(const ZmqSockets&) = delete;
    /// Takes the files of ipc away, too.
    ~ZmqSockets();

    /// The next message; empty if there is none.
    ZmqFrames receive(protocol::Channel channel);

    using Sent = ZmqSent;
    /// `head` are the identities, or the topic; then come the frames of `message`. On iopub `full` says that some
    /// subscriber has no room, and nobody gets it; not so while they may lose messages: then it alone does not.
    Sent send(protocol::Channel channel, const std::vector<std::string>& head,
              const protocol::wire::SharedMessage& message, const std::string& signature);
    void let_subscribers_lose(bool allowed);
    void echo(protocol::Channel channel, ZmqFrames frames);

    /// What is watched to know that there is something to do; stays ZMQ's.
    int descriptor(protocol::Channel channel);
    bool readable(protocol::Channel channel);

 private:
    zmq::socket_t& at(protocol::Channel channel) { return sockets_.at(static_cast<std::size_t>(channel)); }
    void make(zmq::context_t& context, std::size_t frame_bytes_max, int iopub_messages_max, bool ipv6);

    std::array<zmq::socket_t, kChannels.size()> sockets_;
    std::vector<std::string> files_;  // of ipc
};

}  // namespace corncob::server
