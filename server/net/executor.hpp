// The Asio types of this folder, all bound to one concrete executor: an any_io_executor would cost an indirection and
// often an allocation an operation.
//
// Every IO thread runs an io_context of its own (net/io_pool.hpp) and a connection stays with one of them for life.
// So handlers of one connection never run at the same time: the thread is its strand.
#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace corncob::server {

namespace asio = boost::asio;

using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
using TcpSocket = asio::basic_stream_socket<Tcp, Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Completion token of every operation whose failure is expected: co_await gives a tuple that begins with the error.
inline constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace corncob::server
