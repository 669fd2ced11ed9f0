// The layer between Beast's websocket::stream and the socket: reads pass through, writes go into the outbox's queue.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include "server/websocket/outbox.hpp"

namespace corncob::server {

/// A Beast AsyncStream. A write completes when its bytes, in their turn, are on the socket; one write is one entry of
/// the queue, and Beast writes every control frame in one.
class OutboxStream {
 public:
    using executor_type = Executor;  // NOLINT(readability-identifier-naming): Asio's name

    explicit OutboxStream(std::shared_ptr<Outbox> outbox) : outbox_(std::move(outbox)) {}

    executor_type get_executor() { return outbox_->executor(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return outbox_->stream().async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
            [](auto handler, Outbox& outbox, std::string bytes) {
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                outbox.push_raw(std::move(bytes), [shared, executor = outbox.executor()](const ErrorCode& error,
                                                                                         std::size_t written) {
                    auto own = asio::get_associated_executor(*shared, executor);
                    asio::dispatch(own, [shared, error, written] { std::move (*shared)(error, written); });
                });
            },
            token, std::ref(*outbox_), boost::beast::buffers_to_string(buffers));
    }

    // Beast finds these by argument-dependent lookup when it ends a connection.
    friend void beast_close_socket(OutboxStream& stream) { stream.outbox_->close(); }

    friend void teardown(boost::beast::role_type role, OutboxStream& stream, ErrorCode& error) {
        boost::beast::websocket::teardown(role, stream.outbox_->stream().socket(), error);
    }

    template <class Handler>
    friend void async_teardown(boost::beast::role_type role, OutboxStream& stream, Handler&& handler) {
        TcpSocket& socket = stream.outbox_->stream().socket();  // close frames are goodbye enough, under TLS too
        if (stream.lingers_) {
            return boost::beast::websocket::async_teardown(role, socket, std::forward<Handler>(handler));
        }
        ErrorCode error;
        socket.shutdown(TcpSocket::shutdown_send, error);
        asio::post(stream.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), error));
    }

    /// The end of the connection does not wait for the client's. Right once both close frames are out, as nothing
    /// comes after the client's, and some clients leave the connection open until the server has gone. Without it the
    /// server reads on, so that a client that is still sending gets to see why it is cut off.
    void do_not_linger() { lingers_ = false; }

 private:
    std::shared_ptr<Outbox> outbox_;
    bool lingers_ = true;
};

}  // namespace corncob::server
