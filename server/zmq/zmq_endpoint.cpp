#include "server/zmq/zmq_endpoint.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <boost/asio/post.hpp>

#include "protocol/json_text.hpp"
#include "server/zmq/zmq_sockets.hpp"

namespace corncob::server {

using protocol::Channel;
using protocol::MsgType;

namespace {

constexpr int kMessagesPerTurn = 64;  // of one socket, before the others have theirs
constexpr std::size_t kTopicsMax = 1000;
constexpr std::chrono::milliseconds kBindRetryInterval{20};

std::shared_ptr<const std::vector<std::string>> topic_of(const tenants::Kernel& kernel, MsgType type) {
    return std::make_shared<const std::vector<std::string>>(
        1, "kernel." + kernel.id().str() + "." + std::string(protocol::wire_name(type)));
}

/// `dead` is said by who keeps kernels, about one that is gone; a kernel itself only knows starting, busy and idle, and
/// front ends give up a kernel that says otherwise, also when it is only being restarted.
bool is_of_a_kernel(const protocol::Message& message) {
    return message.header.msg_type != MsgType::status || message.content_json != R"({"execution_state":"dead"})";
}

}  // namespace

/// What the kernel publishes to; hands on to the outbox.
class ZmqEndpoint::IopubSink final : public tenants::MessageSink {
 public:
    /// Keeps the endpoint alive for as long as the kernel keeps this.
    explicit IopubSink(ZmqEndpoint& endpoint) : endpoint_(endpoint.shared_from_this()), outbox_(endpoint.outbox_) {}

    void deliver(protocol::wire::SharedMessage message) override {
        if (!is_of_a_kernel(message->message())) return;
        auto topic = topic_of(*endpoint_->kernel_, message->message().header.msg_type);
        outbox_->push({std::move(message), Channel::iopub, std::move(topic)});
    }
    std::uint64_t confirmed() override { return 0; }  // ZMQ does not tell what has arrived, so nothing is replayed
    bool congested() const override { return outbox_->congested(); }
    void kernel_ended() override { endpoint_->close(); }
    std::size_t connections() const override { return endpoint_->subscribed_ ? 1 : 0; }

 private:
    const std::shared_ptr<ZmqEndpoint> endpoint_;
    const std::shared_ptr<ZmqOutbox> outbox_;
};

ZmqEndpoint::ZmqEndpoint(ZmqReactor& reactor, std::shared_ptr<tenants::Kernel> kernel, ZmqEndpointSettings settings,
                         const tenants::Clock& clock, tenants::Observer& observer, Log& log)
    : reactor_(reactor),
      kernel_(std::move(kernel)),
      settings_(std::move(settings)),
      observer_(observer),
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
    auto sockets = ZmqSockets::bind(reactor_.context(), info, settings_.message_bytes_max);
    if (!sockets) return sockets.error();
    sockets_ = std::make_unique<ZmqSockets>(std::move(*sockets));
    trust_.emplace(protocol::wire::ZmqTrust{protocol::wire::Signer(info.key)});
    for (const Channel channel : kChannels) {
        at(channel).descriptor.emplace(reactor_.executor(), sockets_->descriptor(channel));
    }
    log_.info(
        "zmq: kernel={} transport={} ip={} shell_port={} control_port={} iopub_port={} stdin_port={} hb_port={}{}",
        kernel_->id().str(), info.transport, info.ip, info.ports[0], info.ports[1], info.ports[2], info.ports[3],
        info.ports[4], info.key.empty() ? "; messages are not signed" : "");
    return info;
}

void ZmqEndpoint::serve() {
    outbox_ = std::make_shared<ZmqOutbox>(settings_.outbox_bytes_max,
                                          [executor = reactor_.executor(), weak = weak_from_this()] {
                                              asio::post(executor, [weak] {
                                                  if (const auto self = weak.lock()) self->flush();
                                              });
                                          });
    clients_.emplace(outbox_, settings_.clients_max);
    iopub_ = std::make_shared<IopubSink>(*this);
    kernel_->subscribe(iopub_);
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
    const bool gets_reply = protocol::reply_type(type).has_value();
    const auto client = clients_->of(request.identities);
    if (gets_reply) client->expect_reply();
    const auto taken = kernel_->submit(std::move(request.message), client);
    if (!taken) {
        if (gets_reply) client->expect_no_reply();
        return note_bad(tenants::name(taken.error().code), taken.error().detail);
    }
    if (type == MsgType::shutdown_request && settings_.on_shutdown_request) settings_.on_shutdown_request();
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

/// JEP 65: who subscribes is told so, and misses nothing that comes after.
void ZmqEndpoint::welcome(std::string_view subscription) {
    flush();  // what was before the subscription stays before its welcome
    const std::string content = "{\"subscription\":" + protocol::json_string(subscription) + "}";
    send({messages_.make(Channel::iopub, MsgType::iopub_welcome, "{}", content), Channel::iopub,
          std::make_shared<const std::vector<std::string>>(1, std::string(subscription))});
}

void ZmqEndpoint::flush() {
    if (closed_ || !outbox_) return;
    const ZmqOutbox::Batch batch = outbox_->take();
    for (const ZmqOutgoing& each : batch.messages) {
        send(each);
        if (each.message->message().header.msg_type != MsgType::shutdown_reply) continue;
        // Other clients learn from it that the kernel goes. A message of its own: the same one would be a replayed one.
        const protocol::Message& reply = each.message->message();
        send({messages_.make(Channel::iopub, MsgType::shutdown_reply, reply.parent_header_json, reply.content_json),
              Channel::iopub, topic_of(*kernel_, MsgType::shutdown_reply)});
    }
    if (batch.dropped > 0) tell_of_gap(batch);
    if (batch.relieved) kernel_->review_backlog();
    // Sending may have used up the signal that something came in.
    for (const Channel channel : kChannels) read_soon_if_readable(channel);
}

void ZmqEndpoint::send(const ZmqOutgoing& outgoing) {
    const protocol::Message& message = outgoing.message->message();
    const std::string signature = trust_->signer.sign(protocol::wire::signed_parts(message));
    switch (sockets_->send(outgoing.channel, *outgoing.head, outgoing.message, signature)) {
        case ZmqSockets::Sent::yes:
            return;
        case ZmqSockets::Sent::nobody_there:
            return log_.debug("zmq: kernel={} a {} for a client that has left", kernel_->id().str(),
                              protocol::wire_name(message.header.msg_type));
        case ZmqSockets::Sent::full:
            observer_.frame_refused(kernel_->tenant(), "reply_messages_max");
            return log_.warn("zmq: kernel={} a {} is dropped: its client does not read", kernel_->id().str(),
                             protocol::wire_name(message.header.msg_type));
    }
}

void ZmqEndpoint::tell_of_gap(const ZmqOutbox::Batch& batch) {
    observer_.frame_refused(kernel_->tenant(), "outbox_bytes_max");
    log_.warn("zmq: kernel={} outbox_bytes_max: {} outputs dropped", kernel_->id().str(), batch.dropped);
    const std::string text = "corncob: " + std::to_string(batch.dropped) +
                             " outputs were dropped here: they came faster than they went out\n";
    const std::string content = R"({"name":"stderr","text":)" + protocol::json_string(text) + "}";
    send({messages_.make(Channel::iopub, MsgType::stream, batch.last_dropped->message().parent_header_json, content),
          Channel::iopub, topic_of(*kernel_, MsgType::stream)});
}

/// Of many in a row the 1st, 2nd, 4th, 8th, ... is logged: whoever sends them must not fill the disk.
void ZmqEndpoint::note_bad(std::string_view reason, std::string_view detail) {
    observer_.frame_refused(kernel_->tenant(), reason);
    ++bad_;
    if (!std::has_single_bit(bad_)) return;
    log_.warn("zmq: kernel={} message dropped: {}: {} ({} so far)", kernel_->id().str(), reason, detail, bad_);
}

void ZmqEndpoint::close() {
    asio::post(reactor_.executor(), [self = shared_from_this()] { self->finish(); });
}

void ZmqEndpoint::finish() {
    if (closed_) return;
    flush();
    closed_ = true;
    if (retry_) retry_->cancel();
    if (outbox_) outbox_->close();
    // The descriptors are ZMQ's: they end with its sockets, and must be let go of before.
    for (Watched& each : watched_) {
        if (each.descriptor) each.descriptor->release();
        each.descriptor.reset();
    }
    sockets_.reset();
    if (const auto sink = std::exchange(iopub_, nullptr)) kernel_->unsubscribe(sink.get());
    log_.info("zmq: kernel={} closed", kernel_->id().str());
    if (settings_.on_closed) settings_.on_closed();
}

}  // namespace corncob::server
