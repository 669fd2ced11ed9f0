#include "server/websocket/kernel_websocket.hpp"

#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/error.hpp>

#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kHandshakeTimeout{10};
constexpr std::chrono::seconds kCloseTimeout{5};  // for the client to answer a close frame
constexpr int kPingsUnanswered = 3;
constexpr std::chrono::milliseconds kConfirmPause{100};  // after a write, until the client must have it
constexpr std::chrono::milliseconds kSettleTimeout{250};
constexpr std::chrono::milliseconds kSettleInterval{5};
constexpr std::size_t kKeptBufferBytesMax = 1048576;  // of the read buffer, between messages
constexpr std::chrono::hours kNever{24 * 365};

using SteadyClock = std::chrono::steady_clock;

std::string_view view(const boost::beast::flat_buffer& buffer) {
    const auto bytes = buffer.cdata();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
}

protocol::Result<protocol::Message> decode(std::string_view frame, bool text, WireForm form) {
    if (form == WireForm::legacy) {
        return text ? protocol::wire::decode_websocket_legacy_text(frame)
                    : protocol::wire::decode_websocket_legacy_binary(frame);
    }
    if (text) {
        return protocol::Failure{protocol::Errc::frame_too_short,
                                 "a text frame, where the subprotocol has binary ones"};
    }
    return protocol::wire::decode_websocket_v1(frame);
}

}  // namespace

KernelWebsocket::KernelWebsocket(server::Stream stream, std::shared_ptr<tenants::Kernel> kernel,
                                 tenants::ClientId client, WireForm form, const WebsocketLimits& limits,
                                 const ServerState& state, DoorObserver& observer, Log& log, std::string name)
    : kernel_(std::move(kernel)),
      client_(std::move(client)),
      form_(form),
      limits_(limits),
      state_(state),
      observer_(observer),
      log_(log),
      name_(std::move(name)),
      outbox_(std::make_shared<Outbox>(std::move(stream), form, limits.outbox,
                                       [kernel = kernel_] { kernel->review_backlog(); })),
      stream_(outbox_),
      timer_(outbox_->executor()),
      confirm_timer_(outbox_->executor()),
      last_heard_(SteadyClock::now()) {}

Awaitable<void> KernelWebsocket::run(Request request, std::shared_ptr<KernelWebsocket> stale,
                                     UnlessReplaced unless_replaced) {
    using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
    const auto self = shared_from_this();
    co_await asio::this_coro::throw_if_cancelled(false);
    const bool open = co_await shake_hands(request);
    if (open) {
        request = {};
        co_await let_settle(std::move(stale));
        log_.info("{} form={} websocket open", log_name(), form_ == WireForm::v1 ? "v1" : "legacy");
        outbox_->call_after_writes([weak = weak_from_this()] {
            if (const auto websocket = weak.lock()) websocket->look_for_confirmations();
        });
        unless_replaced([this, &self] { kernel_->subscribe(self, client_); });
        // Whoever closes what is open, or ends the kernel, may have been here before this connection.
        if (kernel_->dead() || state_.closing()) kernel_ended();
        co_await (read_frames() && keep_watch());
        co_await let_settle(self);  // who says goodbye still takes what is on its way
        kernel_->unsubscribe(this);
        confirm_timer_.cancel();
        if (outbox_->overflowed()) observer_.client_disconnected("outbox_bytes_max");
        if (outbox_->too_slow()) observer_.client_disconnected("slow_client_timeout_seconds");
        log_.info("{} code={} websocket closed{}", log_name(),
                  static_cast<unsigned>(close_asked_ ? close_asked_->code : stream_.reason().code),
                  outbox_->overflowed() ? "; disconnected: it does not read and outbox_bytes_max is reached"
                  : outbox_->too_slow() ? "; disconnected: it made others wait for slow_client_timeout_seconds"
                                        : "");
    }
    outbox_->close();
}

Awaitable<bool> KernelWebsocket::shake_hands(const Request& request) {
    // Beast's own timeouts cover the two handshakes; between them keep_watch() does.
    stream_.set_option(websocket::stream_base::timeout{kHandshakeTimeout, websocket::stream_base::none(), false});
    stream_.read_message_max(limits_.message_bytes_max);
    stream_.set_option(
        websocket::stream_base::decorator([v1 = form_ == WireForm::v1](websocket::response_type& response) {
            response.set(http::field::server, "corncob");
            if (v1) response.set(http::field::sec_websocket_protocol, protocol::wire::kWebsocketV1Subprotocol);
        }));
    stream_.control_callback([this](websocket::frame_type type, boost::beast::string_view) {
        last_heard_ = SteadyClock::now();
        if (type == websocket::frame_type::close) stream_.next_layer().do_not_linger();
    });
    const auto [error] = co_await stream_.async_accept(request, kAsTuple);
    if (error) log_.info("{} websocket handshake failed: {}", log_name(), error.message());
    co_return !error;
}

/// A client that is well acknowledges a little late what it has got: what it is given again must not be decided before.
Awaitable<void> KernelWebsocket::let_settle(std::shared_ptr<KernelWebsocket> stale) {
    const auto deadline = SteadyClock::now() + kSettleTimeout;
    while (stale && !stale->outbox_->all_confirmed() && SteadyClock::now() < deadline) {
        confirm_timer_.expires_after(kSettleInterval);
        co_await confirm_timer_.async_wait(kAsTuple);
    }
}

Awaitable<void> KernelWebsocket::read_frames() {
    for (;;) {
        const auto [error, bytes] = co_await stream_.async_read(buffer_, kAsTuple);
        if (error == websocket::error::message_too_big) {
            observer_.message_refused("message_bytes_max");
            log_.warn("{} message_bytes_max: a message of more than {} bytes; closed with 1009", log_name(),
                      limits_.message_bytes_max);
        }
        if (error) break;
        last_heard_ = SteadyClock::now();
        if (!close_asked_) handle_frame();
        buffer_.clear();
        if (buffer_.capacity() > kKeptBufferBytesMax) buffer_.shrink_to_fit();
    }
    finished_ = true;
    timer_.cancel();
}

void KernelWebsocket::handle_frame() {
    auto message = decode(view(buffer_), stream_.got_text(), form_);
    if (!message) {
        const auto& failure = message.error();
        observer_.message_refused(protocol::name(failure.code));
        log_.warn("{} frame refused: {}: {}", log_name(), protocol::name(failure.code), failure.detail);
        if (auto reason = close_reason_of(failure)) {
            close_asked_ = std::move(reason);
            timer_.cancel();
        }
        return;
    }
    observer_.message(Direction::in, message->channel, message->header.msg_type);
    const auto taken = kernel_->submit(std::move(*message), shared_from_this());
    if (!taken) {
        const auto& failure = taken.error();
        observer_.message_refused(tenants::name(failure.code));
        log_.warn("{} message refused: {}: {}", log_name(), tenants::name(failure.code), failure.detail);
    }
}

/// Pings, and begins the close when it is asked for. Ends when reading has ended, or makes it end.
Awaitable<void> KernelWebsocket::keep_watch() {
    while (!finished_) {
        // A reason that came before the wait began must not wait for a whole interval.
        if (close_asked_ && !close_begun_) begin_close();
        const bool pings = limits_.ping_interval.count() > 0;
        timer_.expires_after(close_begun_ ? kCloseTimeout
                             : pings      ? limits_.ping_interval
                                          : SteadyClock::duration(kNever));
        const auto [error] = co_await timer_.async_wait(kAsTuple);
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) break;
        if (finished_ || error) continue;
        if (close_begun_ || !ping_or_give_up()) break;
    }
    // Whatever is still being read ends with the socket.
    if (!finished_) outbox_->close();
}

/// Not awaited: a client that does not read would keep it from ever completing, and keep_watch() from noticing.
void KernelWebsocket::begin_close() {
    close_begun_ = true;
    stream_.next_layer().do_not_linger();  // Beast ends the connection when the client's close frame is here
    stream_.async_close(*close_asked_, [self = shared_from_this()](const ErrorCode&) {
        self->finished_ = true;
        self->timer_.cancel();
    });
}

/// False: the client has not been heard of for too long.
bool KernelWebsocket::ping_or_give_up() {
    const auto silent_for = SteadyClock::now() - last_heard_;
    if (silent_for > kPingsUnanswered * limits_.ping_interval) {
        log_.info("{} no answer to {} pings; disconnected", log_name(), kPingsUnanswered);
        observer_.client_disconnected("ws_ping_interval_seconds");
        return false;
    }
    if (!ping_in_flight_) {
        ping_in_flight_ = true;
        stream_.async_ping({}, [self = shared_from_this()](const ErrorCode&) { self->ping_in_flight_ = false; });
    }
    return true;
}

/// So that the kernel need not keep what has arrived: soon after a write, and again until all of it has.
void KernelWebsocket::look_for_confirmations() {
    if (confirmation_awaited_ || finished_) return;
    confirmation_awaited_ = true;
    confirm_timer_.expires_after(kConfirmPause);
    confirm_timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
        self->confirmation_awaited_ = false;
        if (error || self->finished_) return;
        self->kernel_->release_confirmed();
        if (!self->outbox_->all_confirmed()) self->look_for_confirmations();
    });
}

std::string KernelWebsocket::log_name() const {
    return "request=" + name_ + " tenant=" + kernel_->tenant().str() + " kernel=" + kernel_->id().str();
}

void KernelWebsocket::close(std::uint16_t code, std::string reason) {
    asio::post(outbox_->executor(), [self = shared_from_this(), code, reason = std::move(reason)] {
        if (self->close_asked_) return;
        self->close_asked_.emplace(static_cast<websocket::close_code>(code), reason);
        self->timer_.cancel();
    });
}

void KernelWebsocket::deliver(protocol::wire::SharedMessage message) {
    const auto channel = message->message().channel;
    const auto type = message->message().header.msg_type;
    if (outbox_->push(std::move(message))) observer_.message(Direction::out, channel, type);
}

void KernelWebsocket::kernel_ended() {
    // While the daemon goes down, the kernel ends because of that: the client should come back to the next daemon.
    if (state_.draining()) return close(websocket::close_code::service_restart, kServiceRestart);
    close(websocket::close_code::normal, kKernelEnded);
}

}  // namespace corncob::server
