// One client on /api/kernels/{id}/channels: frames in, messages out.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "server/door_observer.hpp"
#include "server/http/request_scope.hpp"
#include "server/log.hpp"
#include "server/server_state.hpp"
#include "server/websocket/close_code.hpp"
#include "server/websocket/outbox.hpp"
#include "server/websocket/outbox_stream.hpp"
#include "tenants/kernel.hpp"
#include "tenants/message_sink.hpp"

namespace corncob::server {

struct WebsocketLimits {
    std::size_t message_bytes_max;       ///< incoming; beyond: close 1009
    OutboxLimits outbox;                 ///< outgoing; beyond: disconnect
    std::chrono::seconds ping_interval;  ///< 0: no pings
};

/// Belongs to the thread of its socket, but for the methods that say "any thread".
class KernelWebsocket final : public tenants::MessageSink, public std::enable_shared_from_this<KernelWebsocket> {
 public:
    /// `client` is who comes back after a drop; `name`, the id of the request that it came from, is for the log.
    /// References outlive run().
    KernelWebsocket(server::Stream stream, std::shared_ptr<tenants::Kernel> kernel, tenants::ClientId client,
                    WireForm form, const WebsocketLimits& limits, const ServerState& state, DoorObserver& observer,
                    Log& log, std::string name);

    /// Calls what it is given, unless another connection of the client has this one's place by now.
    using UnlessReplaced = std::function<void(const std::function<void()>&)>;

    /// The handshake, then messages both ways until either side closes. Returns with the socket closed and the kernel
    /// no longer subscribed. `stale`: the client's earlier connection, or null.
    Awaitable<void> run(Request request, std::shared_ptr<KernelWebsocket> stale, UnlessReplaced unless_replaced);

    /// Asks for an orderly end: messages delivered so far, then the close frame. The first reason counts. Any thread.
    void close(std::uint16_t code, std::string reason);

    /// Any thread, in the order in which they are to arrive.
    void deliver(protocol::wire::SharedMessage message) override;
    /// Any thread.
    std::uint64_t confirmed() override { return outbox_->confirmed(); }
    /// Any thread.
    bool congested() const override { return outbox_->congested(); }
    /// Any thread.
    void kernel_ended() override;

    /// Of messages that wait for the client. Any thread.
    std::size_t queued_bytes() const { return outbox_->queued_bytes(); }

 private:
    using Stream = websocket::stream<OutboxStream, false>;  // no compression: a notebook's host is near

    Awaitable<bool> shake_hands(const Request& request);
    Awaitable<void> let_settle(std::shared_ptr<KernelWebsocket> stale);
    Awaitable<void> read_frames();
    Awaitable<void> keep_watch();
    void handle_frame();
    void begin_close();
    bool ping_or_give_up();
    void look_for_confirmations();
    /// What a line of the log begins with.
    std::string log_name() const;

    const std::shared_ptr<tenants::Kernel> kernel_;
    const tenants::ClientId client_;
    const WireForm form_;
    const WebsocketLimits limits_;
    const ServerState& state_;
    DoorObserver& observer_;
    Log& log_;
    const std::string name_;
    const std::shared_ptr<Outbox> outbox_;
    Stream stream_;
    Timer timer_;
    Timer confirm_timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<websocket::close_reason> close_asked_;
    std::chrono::steady_clock::time_point last_heard_;
    bool close_begun_ = false;
    bool ping_in_flight_ = false;
    bool confirmation_awaited_ = false;
    bool finished_ = false;  // nothing will be read any more
};

}  // namespace corncob::server
