#include "server/zmq/zmq_sockets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "protocol/wire/zmq_codec.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;

constexpr std::chrono::milliseconds kLinger{1000};  // for what a closed socket has not sent yet
constexpr std::size_t kCopyBytesMax = 1024;         // longer parts are sent from where they are
constexpr std::uint32_t kIpcPortsMax = 65535;

bool is_pub(Channel channel) {
    return channel == Channel::iopub;
}

std::string address(const ConnectionInfo& info, std::uint32_t port) {
    if (info.transport == "ipc") return "ipc://" + info.ip + "-" + std::to_string(port);
    const std::string ip = info.ip == "localhost"                   ? "127.0.0.1"
                           : info.ip.find(':') == std::string::npos ? info.ip
                                                                    : "[" + info.ip + "]";
    return "tcp://" + ip + ":" + (port == 0 ? "*" : std::to_string(port));
}

/// 0 if the address has none.
std::uint32_t bound_tcp_port(const zmq::socket_t& socket) {
    const std::string bound = socket.get(zmq::sockopt::last_endpoint);
    const auto colon = bound.rfind(':');
    if (colon == std::string::npos) return 0;
    return static_cast<std::uint32_t>(std::strtoul(bound.c_str() + colon + 1, nullptr, 10));
}

std::string ipc_path(const ConnectionInfo& info, std::uint32_t port) {
    return info.ip + "-" + std::to_string(port);
}

/// A "port" of a path is a number that is not taken: ZMQ would take over another's file.
std::uint32_t free_ipc_port(const ConnectionInfo& info) {
    for (std::uint32_t port = 1; port <= kIpcPortsMax; ++port) {
        if (::access(ipc_path(info, port).c_str(), F_OK) != 0) return port;
    }
    return 0;
}

/// Returns the file that it has made, if any.
std::string bind_one(zmq::socket_t& socket, ConnectionInfo& info, Channel channel) {
    std::uint32_t& port = info.port(channel);
    const bool ipc = info.transport == "ipc";
    if (ipc && port == 0) port = free_ipc_port(info);
    socket.bind(address(info, port));
    if (!ipc && port == 0) port = bound_tcp_port(socket);
    if (!ipc) return {};
    std::string path = ipc_path(info, port);
    ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
    return path;
}

void release(void*, void* hint) {
    delete static_cast<protocol::wire::SharedMessage*>(hint);
}

/// Short parts are copied; long ones stay where they are, and keep the message alive until ZMQ has sent them.
zmq::message_t frame_of(std::string_view part, const protocol::wire::SharedMessage& owner) {
    if (part.size() <= kCopyBytesMax) return zmq::message_t(part.data(), part.size());
    auto hint = std::make_unique<protocol::wire::SharedMessage>(owner);
    zmq::message_t frame(const_cast<char*>(part.data()), part.size(), release, hint.get());  // never written to
    (void)hint.release();  // NOLINT(bugprone-unused-return-value): release() deletes it
    return frame;
}

}  // namespace

ConnectionResult<ZmqSockets> ZmqSockets::bind(zmq::context_t& context, ConnectionInfo& info,
                                              std::size_t frame_bytes_max, int iopub_messages_max) {
    ZmqSockets sockets;
    ConnectionInfo bound = info;
    Channel now{};
    try {
        sockets.make(context, frame_bytes_max, iopub_messages_max, info.ip.find(':') != std::string::npos);
        for (const Channel channel : kChannels) {
            now = channel;
            std::string file = bind_one(sockets.at(channel), bound, channel);
            if (!file.empty()) sockets.files_.push_back(std::move(file));
        }
    } catch (const zmq::error_t& error) {
        const auto code = error.num() == EADDRINUSE ? ConnectionErrc::in_use : ConnectionErrc::not_bindable;
        return ConnectionFailure{code, "cannot bind " + std::string(wire_name(now)) + " to " +
                                           address(bound, bound.port(now)) + ": " + error.what()};
    }
    info = std::move(bound);
    return sockets;
}

void ZmqSockets::make(zmq::context_t& context, std::size_t frame_bytes_max, int iopub_messages_max, bool ipv6) {
    for (const Channel channel : kChannels) {
        zmq::socket_t& socket = at(channel);
        socket = zmq::socket_t(context, is_pub(channel) ? zmq::socket_type::xpub : zmq::socket_type::router);
        socket.set(zmq::sockopt::linger, static_cast<int>(kLinger.count()));
        socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(frame_bytes_max));
        socket.set(zmq::sockopt::ipv6, ipv6);
        if (is_pub(channel)) {
            socket.set(zmq::sockopt::sndhwm, iopub_messages_max);
            socket.set(zmq::sockopt::xpub_nodrop, true);   // to be told that somebody has no room
            socket.set(zmq::sockopt::xpub_verbose, true);  // a welcome for each, not for the first alone
            continue;
        }
        socket.set(zmq::sockopt::sndhwm, kReplyMessagesMax);
        socket.set(zmq::sockopt::router_mandatory, true);  // to be told that nobody is there
        socket.set(zmq::sockopt::router_handover, true);   // who comes back takes over from its own stale connection
    }
}

ZmqSockets::~ZmqSockets() {
    for (const std::string& file : files_) ::unlink(file.c_str());
}

ZmqFrames ZmqSockets::receive(Channel channel) {
    ZmqFrames frames;
    zmq::socket_t& socket = at(channel);
    for (bool more = true; more;) {
        zmq::message_t frame;
        if (!socket.recv(frame, zmq::recv_flags::dontwait)) break;
        more = frame.more();
        if (frames.size() < kFramesMax) frames.push_back(std::move(frame));
    }
    return frames;
}

ZmqSockets::Sent ZmqSockets::send(Channel channel, const std::vector<std::string>& head,
                                  const protocol::wire::SharedMessage& message, const std::string& signature) {
    zmq::socket_t& socket = at(channel);
    const auto parts = protocol::wire::zmq_frames(message->message(), signature);
    std::size_t left = head.size() + parts.size();
    try {
        const auto send_one = [&](zmq::message_t frame) {
            --left;
            const auto flags =
                zmq::send_flags::dontwait | (left > 0 ? zmq::send_flags::sndmore : zmq::send_flags::none);
            return socket.send(frame, flags).has_value();
        };
        for (const std::string& each : head) {
            if (!send_one(zmq::message_t(each.data(), each.size()))) return Sent::full;
        }
        for (const std::string_view part : parts) {
            if (!send_one(frame_of(part, message))) return Sent::full;
        }
    } catch (const zmq::error_t& error) {
        if (error.num() == EHOSTUNREACH) return Sent::nobody_there;
        throw;
    }
    return Sent::yes;
}

void ZmqSockets::let_subscribers_lose(bool allowed) {
    at(Channel::iopub).set(zmq::sockopt::xpub_nodrop, !allowed);
}

void ZmqSockets::echo(Channel channel, ZmqFrames frames) {
    zmq::socket_t& socket = at(channel);
    try {
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const auto more = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
            if (!socket.send(frames[i], zmq::send_flags::dontwait | more)) return;
        }
    } catch (const zmq::error_t& error) {
        if (error.num() != EHOSTUNREACH) throw;  // it beats no longer
    }
}

int ZmqSockets::descriptor(Channel channel) {
    return at(channel).get(zmq::sockopt::fd);
}

bool ZmqSockets::readable(Channel channel) {
    return (at(channel).get(zmq::sockopt::events) & ZMQ_POLLIN) != 0;
}

}  // namespace corncob::server
