// Five ZMQ sockets: the door for Jupyter's own clients. Behind them is one kernel, or one a session.
//
//   client ─ frames ─▶ reactor's thread: decode, trust      ─▶ ZmqBackend, Kernel::submit
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
#include "server/door_observer.hpp"
#include "server/log.hpp"
#include "server/zmq/connection_file.hpp"
#include "server/zmq/slow_subscribers.hpp"
#include "server/zmq/zmq_backend.hpp"
#include "server/zmq/zmq_clients.hpp"
#include "server/zmq/zmq_outbox.hpp"
#include "server/zmq/zmq_reactor.hpp"
#include "tenants/message_factory.hpp"

namespace corncob::server {

/// How long the process of a kernel that has ended by itself stays. A front end may look whether it lives before it
/// takes the reply that says it has ended: jupyter_console does, every 50 ms, and would go on with a dead kernel.
inline constexpr std::chrono::milliseconds kFarewell{500};

class ZmqSockets;
enum class ZmqSent : int;

struct ZmqEndpointSettings {
    std::size_t message_bytes_max;  ///< of one incoming frame; beyond, ZMQ disconnects the client
    std::size_t outbox_bytes_max;   ///< of messages that wait for the reactor; beyond, printed and displayed ones drop
    std::size_t clients_max = 1000;
    std::chrono::milliseconds slow_client_timeout{30'000};  ///< messages wait so long for a subscriber without room
    int iopub_messages_max = 100'000;                       ///< that wait for one subscriber
    std::chrono::milliseconds bind_timeout{0};              ///< how long to wait for ports that are in use
    /// Of messages that wait for the reactor, of all endpoints that share it.
    std::shared_ptr<std::atomic<std::size_t>> outbox_bytes = std::make_shared<std::atomic<std::size_t>>(0);
    /// A client of that session has asked the kernel to end or to restart, and has been answered. The reactor's thread.
    std::function<void(const protocol::ClientSessionId&)> on_shutdown_request{};
    /// The sockets are closed. The reactor's thread.
    std::function<void()> on_closed{};
};

/// Counts bad messages with the observer, logs them without content, drops them, and goes on. Kept alive by the kernel
/// and by what it has posted to the reactor, until it is closed. References outlive the reactor.
class ZmqEndpoint final : public std::enable_shared_from_this<ZmqEndpoint> {
 public:
    using Opened = std::function<void(ConnectionResult<ConnectionInfo>)>;

    ZmqEndpoint(ZmqReactor& reactor, std::shared_ptr<ZmqBackend> backend, ZmqEndpointSettings settings,
                const tenants::Clock& clock, tenants::Observer& observer, DoorObserver& doors, Log& log);
    ~ZmqEndpoint();

    /// Binds and begins to serve; `opened` gets the real ports, on the reactor's thread. Once.
    void open(ConnectionInfo info, Opened opened);
    /// Sends what waits, then closes the sockets. Any thread; idempotent.
    void close();

    /// For the backend, while it serves. Where messages go; whether somebody is subscribed (any thread).
    const std::shared_ptr<ZmqOutbox>& outbox() const { return outbox_; }
    bool has_subscribers() const { return subscribed_; }

 private:
    using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
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
    SlowSubscribers::Socket iopub();
    void flush();
    std::deque<ZmqOutgoing> send_all(const std::deque<ZmqOutgoing>& messages);
    void look_again_soon();
    protocol::wire::SharedMessage with_ports(const protocol::Message& connect_reply);
    ZmqSent try_to_send(const ZmqOutgoing& outgoing);
    void send(const ZmqOutgoing& outgoing);
    ZmqOutgoing news_of(const ZmqOutbox::Gap& gap);
    ZmqOutgoing notice(const std::string& sentence, const protocol::Message& about);
    void note_bad(std::string_view reason, std::string_view detail);
    void finish();

    ZmqReactor& reactor_;
    const std::shared_ptr<ZmqBackend> backend_;
    const ZmqEndpointSettings settings_;
    tenants::Observer& observer_;
    DoorObserver& doors_;
    Log& log_;
    tenants::MessageFactory messages_;
    std::shared_ptr<ZmqOutbox> outbox_;  // this and what follows: there once it serves
    std::optional<ZmqClients> clients_;
    std::string connect_content_;
    std::unique_ptr<ZmqSockets> sockets_;
    std::optional<protocol::wire::ZmqTrust> trust_;
    std::array<Watched, kChannels.size()> watched_;
    std::optional<Timer> retry_;  // while it waits for its ports
    std::optional<SlowSubscribers> slow_;
    std::optional<Timer> next_round_;            // while some subscriber is behind
    std::set<std::string, std::less<>> topics_;  // that somebody is subscribed to; bounded by kTopicsMax
    std::atomic<bool> subscribed_{false};
    std::size_t bad_ = 0;
    bool closed_ = false;
};

}  // namespace corncob::server
