#include "server/zmq/zmq_endpoint.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <boost/asio/post.hpp>

#include "protocol/json_text.hpp"
#include "server/zmq/iopub_sink.hpp"
#include "server/zmq/zmq_sockets.hpp"

namespace corncob::server {

using protocol::Channel;
using protocol::MsgType;

namespace {

constexpr int kMessagesPerTurn = 64;  // of one socket, before the others have theirs
constexpr std::size_t kTopicsMax = 1000;
constexpr std::chrono::milliseconds kBindRetryInterval{20};
constexpr std::chrono::milliseconds kRoundInterval{10};

/// Of a connect_reply.
std::string ports_of(const ConnectionInfo& info) {
    nlohmann::json content{{"status", "ok"}};
    for (const Channel channel : kChannels) content[std::string(wire_name(channel)) + "_port"] = info.port(channel);
    return content.dump();
}

}  // namespace

ZmqEndpoint::ZmqEndpoint(ZmqReactor& reactor, std::shared_ptr<ZmqBackend> backend, ZmqEndpointSettings settings,
                         const tenants::Clock& clock, tenants::Observer& observer, DoorObserver& doors, Log& log)
    : reactor_(reactor),
      backend_(std::move(backend)),
      settings_(std::move(settings)),
      observer_(observer),
      doors_(doors),
      log_(log),
      messages_(clock) {}

ZmqEndpoint::~ZmqEndpoint() = default;

void ZmqEndpoint::open(ConnectionInfo info, Opened opened) {
    const auto deadline = std::chrono::steady_clock::now() + settings_.bind_timeout;
    asio::post(reactor_.executor(), [self = shared_from_this(), info = std::move(info), opened = std::move(opened),
                                     deadline] { self->try_to_open(info, opened, deadline); });
}

/// A kernel that is ended to be started again leaves its ports a moment after its process has gone.
void ZmqEndpoint::try_to_open(const ConnectionInfo& info, const Opened& opened,
                              std::chrono::steady_clock::time_point deadline) {
    if (closed_) return opened(ConnectionFailure{ConnectionErrc::not_bindable, "the kernel has ended"});
    auto bound = bind(info);
    const bool in_use = bound.has_error() && bound.error().code == ConnectionErrc::in_use;
    if (in_use && std::chrono::steady_clock::now() < deadline) {
        retry_.emplace(reactor_.executor(), kBindRetryInterval);
        return retry_->async_wait([self = shared_from_this(), info, opened, deadline](const ErrorCode&) {
            self->try_to_open(info, opened, deadline);
        });
    }
    if (bound) serve();
    opened(std::move(bound));
}

ConnectionResult<ConnectionInfo> ZmqEndpoint::bind(ConnectionInfo info) {
    auto sockets =
        ZmqSockets::bind(reactor_.context(), info, settings_.message_bytes_max, settings_.iopub_messages_max);
    if (!sockets) return sockets.error();
    sockets_ = std::make_unique<ZmqSockets>(std::move(*sockets));
    connect_content_ = ports_of(info);
    trust_.emplace(protocol::wire::ZmqTrust{protocol::wire::Signer(info.key)});
    for (const Channel channel : kChannels) {
        at(channel).descriptor.emplace(reactor_.executor(), sockets_->descriptor(channel));
    }
    log_.info("{} transport={} ip={} shell_port={} control_port={} iopub_port={} stdin_port={} hb_port={} zmq open{}",
              backend_->name(), info.transport, info.ip, info.ports[0], info.ports[1], info.ports[2], info.ports[3],
              info.ports[4], info.key.empty() ? "; messages are not signed" : "");
    return info;
}

void ZmqEndpoint::serve() {
    outbox_ = std::make_shared<ZmqOutbox>(
        settings_.outbox_bytes_max,
        [executor = reactor_.executor(), weak = weak_from_this()] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->flush();
            });
        },
        settings_.outbox_bytes);
    slow_.emplace(iopub(), settings_.slow_client_timeout);
    clients_.emplace(outbox_, settings_.clients_max);
    backend_->begin(*this);
    for (const Channel channel : kChannels) watch(channel);
}

/// The descriptor says that something has happened, not what: it is ZMQ that knows.
void ZmqEndpoint::watch(Channel channel) {
    const auto on_signal = [self = shared_from_this(), channel](const ErrorCode& error) {
        if (error || self->closed_) return;
        self->read(channel);
        if (!self->closed_) self->watch(channel);
    };
    at(channel).descriptor->async_wait(asio::posix::descriptor_base::wait_read, on_signal);
}

void ZmqEndpoint::read(Channel channel) {
    read_some(channel);
    read_soon_if_readable(channel);
}

/// What is left over is not signalled again.
void ZmqEndpoint::read_soon_if_readable(Channel channel) {
    if (closed_ || !sockets_->readable(channel) || std::exchange(at(channel).read_posted, true)) return;
    asio::post(reactor_.executor(), [self = shared_from_this(), channel] {
        self->at(channel).read_posted = false;
        if (!self->closed_) self->read(channel);
    });
}

void ZmqEndpoint::read_some(Channel channel) {
    for (int i = 0; i < kMessagesPerTurn && !closed_; ++i) {
        ZmqFrames frames = sockets_->receive(channel);
        if (frames.empty()) return;
        if (channel == Channel::heartbeat) {
            sockets_->echo(channel, std::move(frames));
            continue;
        }
        std::vector<std::string_view> views;
        views.reserve(frames.size());
        for (const zmq::message_t& frame : frames) views.emplace_back(frame.data<char>(), frame.size());
        if (channel == Channel::iopub) {
            note_subscription(views[0]);
        } else {
            take_request(channel, views);
        }
    }
}

void ZmqEndpoint::take_request(Channel channel, std::span<const std::string_view> frames) {
    auto request = protocol::wire::decode_zmq(channel, frames, *trust_);
    if (!request) return note_bad(protocol::name(request.error().code), request.error().detail);
    submit(std::move(*request));
}

void ZmqEndpoint::submit(protocol::wire::ZmqMessage request) {
    const MsgType type = request.message.header.msg_type;
    const auto session = request.message.header.session;
    const bool gets_reply = protocol::reply_type(type).has_value();
    doors_.message(Direction::in, request.message.channel, type);
    const auto client = clients_->of(request.identities);
    if (gets_reply) client->expect_reply();
    const auto taken = backend_->submit(std::move(request.message), client);
    if (!taken) {
        if (gets_reply) client->expect_no_reply();
        return note_bad(tenants::name(taken.error().code), taken.error().detail);
    }
    if (type == MsgType::shutdown_request && settings_.on_shutdown_request) settings_.on_shutdown_request(session);
}

/// XPUB tells of every subscription, and that a topic has none any more.
void ZmqEndpoint::note_subscription(std::string_view event) {
    const std::string_view topic = event.substr(std::min<std::size_t>(event.size(), 1));
    if (event.starts_with('\1')) {
        if (topics_.size() < kTopicsMax) topics_.emplace(topic);
        subscribed_ = true;
        welcome(topic);
    } else if (event.starts_with('\0')) {
        const auto found = topics_.find(topic);
        if (found != topics_.end()) topics_.erase(found);
    } else {
        return note_bad("not_a_subscription", "a message on iopub that is none");
    }
    subscribed_ = !topics_.empty();
}

/// JEP 65: who subscribes is told so, and misses nothing that comes after. What was before stays before.
void ZmqEndpoint::welcome(std::string_view subscription) {
    const std::string content = "{\"subscription\":" + protocol::json_string(subscription) + "}";
    outbox_->push({messages_.make(Channel::iopub, MsgType::iopub_welcome, "{}", content), Channel::iopub,
                   std::make_shared<const std::vector<std::string>>(1, std::string(subscription))});
}

SlowSubscribers::Socket ZmqEndpoint::iopub() {
    SlowSubscribers::Socket socket;
    const auto publish = [this](const ZmqOutgoing& each) {
        if (try_to_send(each) == ZmqSent::full) return false;
        if (subscribed_) doors_.message(Direction::out, each.channel, each.message->message().header.msg_type);
        return true;
    };
    socket.to_all = publish;
    socket.to_those_with_room = [this, publish](const ZmqOutgoing& each) {
        sockets_->let_subscribers_lose(true);
        (void)publish(each);
        sockets_->let_subscribers_lose(false);
    };
    socket.notice = [this](const ZmqOutgoing& last) {
        return notice("a client that read too slowly has missed messages before this one", last.message->message());
    };
    socket.lost_patience = [this](const std::string& topic) {
        observer_.frame_refused(backend_->tenant(), "iopub_messages_max");
        log_.warn("{} zmq: a subscriber of {} does not read and goes without messages", backend_->name(),
                  protocol::quoted_excerpt(topic));
    };
    return socket;
}

void ZmqEndpoint::flush() {
    if (closed_ || !outbox_ || next_round_) return;
    ZmqOutbox::Batch batch = outbox_->take();
    for (const ZmqOutbox::Gap& gap : batch.gaps) batch.messages.push_back(news_of(gap));
    outbox_->put_back(send_all(batch.messages));
    if (slow_->any()) look_again_soon();
    if (batch.relieved) backend_->review_backlog();
    // Sending may have used up the signal that something came in.
    for (const Channel channel : kChannels) read_soon_if_readable(channel);
}

/// Gives what has to wait because some subscriber has no room.
std::deque<ZmqOutgoing> ZmqEndpoint::send_all(const std::deque<ZmqOutgoing>& messages) {
    std::deque<ZmqOutgoing> waiting;
    const auto now = std::chrono::steady_clock::now();
    const auto publish = [&](const ZmqOutgoing& each) {
        if (!slow_->send(each, now)) waiting.push_back(each);
    };
    for (const ZmqOutgoing& each : messages) {
        const protocol::Message& message = each.message->message();
        if (each.channel == Channel::iopub) {
            publish(each);
            continue;
        }
        const MsgType type = message.header.msg_type;
        send(type == MsgType::connect_reply ? ZmqOutgoing{with_ports(message), each.channel, each.head} : each);
        if (type != MsgType::shutdown_reply) continue;
        // Other clients learn from it that the kernel goes. A message of its own: the same one would be a replayed one.
        publish({messages_.make(Channel::iopub, type, message.parent_header_json, message.content_json), Channel::iopub,
                 iopub_topic(backend_->topic_of(message), type)});
    }
    slow_->end_round();
    return waiting;
}

/// ZMQ does not tell when there is room again. Until then nothing is taken from the outbox, so that who fills it sees
/// what waits.
void ZmqEndpoint::look_again_soon() {
    next_round_.emplace(reactor_.executor(), kRoundInterval);
    next_round_->async_wait([self = shared_from_this()](const ErrorCode& error) {
        if (error) return;
        self->next_round_.reset();
        self->flush();
    });
}

/// A kernel does not know by which sockets it is reached.
protocol::wire::SharedMessage ZmqEndpoint::with_ports(const protocol::Message& connect_reply) {
    return messages_.make(connect_reply.channel, MsgType::connect_reply, connect_reply.parent_header_json,
                          connect_content_);
}

ZmqSent ZmqEndpoint::try_to_send(const ZmqOutgoing& outgoing) {
    const std::string signature = trust_->signer.sign(protocol::wire::signed_parts(outgoing.message->message()));
    return sockets_->send(outgoing.channel, *outgoing.head, outgoing.message, signature);
}

void ZmqEndpoint::send(const ZmqOutgoing& outgoing) {
    const std::string_view type = protocol::wire_name(outgoing.message->message().header.msg_type);
    switch (try_to_send(outgoing)) {
        case ZmqSent::yes:
            return doors_.message(Direction::out, outgoing.channel, outgoing.message->message().header.msg_type);
        case ZmqSent::nobody_there:
            return log_.debug("{} zmq: a {} for a client that has left", backend_->name(), type);
        case ZmqSent::full:
            observer_.frame_refused(backend_->tenant(), "reply_messages_max");
            return log_.warn("{} zmq: a {} is dropped: its client does not read", backend_->name(), type);
    }
}

ZmqOutgoing ZmqEndpoint::news_of(const ZmqOutbox::Gap& gap) {
    observer_.messages_lost(backend_->tenant(), "outbox_bytes_max", gap.dropped);
    log_.warn("{} zmq: outbox_bytes_max: {} outputs dropped", backend_->name(), gap.dropped);
    return notice(std::to_string(gap.dropped) + " outputs were dropped here: they came faster than they went out",
                  gap.last->message());
}

/// On stderr of the cell that `about` belongs to.
ZmqOutgoing ZmqEndpoint::notice(const std::string& sentence, const protocol::Message& about) {
    const std::string content =
        R"({"name":"stderr","text":)" + protocol::json_string("corncob: " + sentence + "\n") + "}";
    return {messages_.make(Channel::iopub, MsgType::stream, about.parent_header_json, content), Channel::iopub,
            iopub_topic(backend_->topic_of(about), MsgType::stream)};
}

/// Of many in a row the 1st, 2nd, 4th, 8th, ... is logged: whoever sends them must not fill the disk.
void ZmqEndpoint::note_bad(std::string_view reason, std::string_view detail) {
    observer_.frame_refused(backend_->tenant(), reason);
    ++bad_;
    if (!std::has_single_bit(bad_)) return;
    log_.warn("{} zmq: message dropped: {}: {} ({} so far)", backend_->name(), reason, detail, bad_);
}

void ZmqEndpoint::close() {
    asio::post(reactor_.executor(), [self = shared_from_this()] { self->finish(); });
}

void ZmqEndpoint::finish() {
    if (closed_) return;
    next_round_.reset();
    if (slow_) slow_->hurry();
    flush();
    next_round_.reset();
    closed_ = true;
    if (retry_) retry_->cancel();
    if (outbox_) outbox_->close();
    // The descriptors are ZMQ's: they end with its sockets, and must be let go of before.
    for (Watched& each : watched_) {
        if (each.descriptor) each.descriptor->release();
        each.descriptor.reset();
    }
    sockets_.reset();
    backend_->end();
    log_.info("{} zmq: closed", backend_->name());
    if (settings_.on_closed) settings_.on_closed();
}

}  // namespace corncob::server
