// A client's connection: TCP, plain or under TLS. What reads and writes it need not know which.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "server/net/executor.hpp"

namespace corncob::server {

/// An AsyncStream of Asio's. Belongs to the thread of its socket. Plain, an operation costs one branch more than the
/// socket's own.
class Stream {
    using Tls = asio::ssl::stream<TcpSocket>;

    /// Asio's TLS lets through terminal cancellation only: every kind that comes is passed on as that one.
    template <class Handler>
    static auto cancelled_by_any(Handler handler) {
        const auto outer = asio::get_associated_cancellation_slot(handler);
        asio::cancellation_slot inner;
        if (outer.is_connected()) {
            const auto signal = std::make_shared<asio::cancellation_signal>();
            inner = signal->slot();
            auto slot = outer;
            slot.assign([signal](asio::cancellation_type) { signal->emit(asio::cancellation_type::terminal); });
        }
        return asio::bind_cancellation_slot(inner, std::move(handler));
    }

    template <class Token>
    auto async_handshake(Token&& token) {
        return asio::async_initiate<Token, void(ErrorCode)>(
            [this](auto handler) {
                tls_->async_handshake(asio::ssl::stream_base::server, cancelled_by_any(std::move(handler)));
            },
            token);
    }

 public:
    using executor_type = Executor;  // NOLINT(readability-identifier-naming): Asio's name

    /// `tls` null: plain. Otherwise handshake() comes first. The context need not outlive the constructor.
    explicit Stream(TcpSocket socket, asio::ssl::context* tls = nullptr) : plain_(std::move(socket)) {
        if (tls) tls_ = std::make_unique<Tls>(std::move(plain_), *tls);
    }

    executor_type get_executor() { return socket().get_executor(); }
    bool is_tls() const { return tls_ != nullptr; }
    /// What is below TLS.
    TcpSocket& socket() { return tls_ ? tls_->next_layer() : plain_; }
    void cancel(ErrorCode& error) { socket().cancel(error); }

    /// Nothing to do where the connection is plain.
    Awaitable<ErrorCode> handshake() {
        ErrorCode error;
        if (tls_) {
            const auto [failed] = co_await async_handshake(kAsTuple);
            error = failed;
        }
        co_return error;
    }
    /// Tells the client that no more comes, and waits until it says the same. Nothing to do where the connection is
    /// plain.
    Awaitable<void> say_goodbye() {
        if (tls_) co_await tls_->async_shutdown(kAsTuple);
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
            [this](auto handler, const Buffers& space) {
                if (tls_) return tls_->async_read_some(space, cancelled_by_any(std::move(handler)));
                plain_.async_read_some(space, std::move(handler));
            },
            token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
            [this](auto handler, const Buffers& bytes) {
                if (tls_) return tls_->async_write_some(bytes, std::move(handler));
                plain_.async_write_some(bytes, std::move(handler));
            },
            token, buffers);
    }

 private:
    TcpSocket plain_;  // moved from, where there is TLS
    std::unique_ptr<Tls> tls_;
};

}  // namespace corncob::server
