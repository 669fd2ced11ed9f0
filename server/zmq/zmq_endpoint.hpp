// Five ZMQ sockets of one kernel: the door for Jupyter's own clients.
//
//   client ─ frames ─▶ reactor's thread: decode, trust      ─▶ Kernel::submit
//   client ◀─ frames ─ reactor's thread: sign, send   ◀─ outbox ◀─ deliver() on the kernel's threads
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "protocol/wire/zmq_codec.hpp"
#include "server/log.hpp"
#include "server/zmq/connection_file.hpp"
#include "server/zmq/zmq_clients.hpp"
#include "server/zmq/zmq_outbox.hpp"
#include "server/zmq/zmq_reactor.hpp"
#include "tenants/kernel.hpp"
#include "tenants/message_factory.hpp"

namespace corncob::server {

/// How long the process of a kernel that has ended by itself stays. A front end may look whether it lives before it
/// takes the reply that says it has ended: jupyter_console does, every 50 ms, and would go on with a dead kernel.
inline constexpr std::chrono::milliseconds kFarewell{500};

class ZmqSockets;

struct ZmqEndpointSettings {
    std::size_t message_bytes_max;  ///< of one incoming frame; beyond, ZMQ disconnects the client
    std::size_t outbox_bytes_max;   ///< of messages that wait for the reactor; beyond, printed and displayed ones drop
    std::size_t clients_max = 1000;
    std::chrono::milliseconds bind_timeout{0};  ///< how long to wait for ports that are in use
    /// A client has asked the kernel to end or to restart, and has been answered. The reactor's thread.
    std::function<void()> on_shutdown_request{};
    /// The kernel is gone and the sockets are closed. The reactor's thread.
    std::function<void()> on_closed{};
};

/// Counts bad messages with the observer, logs them without content, drops them, and goes on. Kept alive by the kernel
/// and by what it has posted to the reactor, until it is closed. References outlive the reactor.
class ZmqEndpoint final : public std::enable_shared_from_this<ZmqEndpoint> {
 public:
    using Opened = std::function<void(ConnectionResult<ConnectionInfo>)>;

    ZmqEndpoint(ZmqReactor& reactor, std::shared_ptr<tenants::Kernel> kernel, ZmqEndpointSettings settings,
                const tenants::Clock& clock, tenants::Observer& observer, Log& log);
    ~ZmqEndpoint();

    /// Binds and begins to serve; `opened` gets the real ports, on the reactor's thread. Once.
    void open(ConnectionInfo info, Opened opened);
    /// Sends what waits, then closes the sockets. Any thread; idempotent.
    void close();

 private:
    using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
    class IopubSink;
    struct Watched {
        std::optional<Descriptor> descriptor;
        bool read_posted = false;
    };

    // All of the reactor's thread.
    Watched& at(protocol::Channel channel) { return watched_.at(static_cast<std::size_t>(channel)); }
    void try_to_open(const ConnectionInfo& info, const Opened& opened, std::chrono::steady_clock::time_point deadline);
    ConnectionResult<ConnectionInfo> bind(ConnectionInfo info);
    void serve();
    void watch(protocol::Channel channel);
    void read(protocol::Channel channel);
    void read_soon_if_readable(protocol::Channel channel);
    void read_some(protocol::Channel channel);
    void take_request(protocol::Channel channel, std::span<const std::string_view> frames);
    void submit(protocol::wire::ZmqMessage request);
    void note_subscription(std::string_view event);
    void welcome(std::string_view subscription);
    void flush();
    void send(const ZmqOutgoing& outgoing);
    void tell_of_gap(const ZmqOutbox::Batch& batch);
    void note_bad(std::string_view reason, std::string_view detail);
    void finish();

    ZmqReactor& reactor_;
    const std::shared_ptr<tenants::Kernel> kernel_;
    const ZmqEndpointSettings settings_;
    tenants::Observer& observer_;
    Log& log_;
    tenants::MessageFactory messages_;
    std::shared_ptr<ZmqOutbox> outbox_;  // this and what follows: there once it serves
    std::optional<ZmqClients> clients_;
    std::shared_ptr<IopubSink> iopub_;
    std::unique_ptr<ZmqSockets> sockets_;
    std::optional<protocol::wire::ZmqTrust> trust_;
    std::array<Watched, kChannels.size()> watched_;
    std::optional<Timer> retry_;                 // while it waits for its ports
    std::set<std::string, std::less<>> topics_;  // that somebody is subscribed to; bounded by kTopicsMax
    std::atomic<bool> subscribed_{false};
    std::size_t bad_ = 0;
    bool closed_ = false;
};

}  // namespace corncob::server
