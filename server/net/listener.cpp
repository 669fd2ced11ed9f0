#include "server/net/listener.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

namespace corncob::server {
namespace {

constexpr std::chrono::milliseconds kBackOff{100};
constexpr int kBacklog = 1024;

std::string full_response() {
    const std::string body =
        R"({"message":"All connections of this server are in use","reason":"Service Unavailable"})";
    return "HTTP/1.1 503 Service Unavailable\r\nServer: corncob\r\nContent-Type: application/json\r\n"
           "Connection: close\r\nRetry-After: 5\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool out_of_resources(const ErrorCode& error) {
    return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
           error == asio::error::no_memory || error == boost::system::errc::too_many_files_open_in_system;
}

}  // namespace

Listener::Listener(IoPool& pool, TaskGroup& tasks, Log& log, Serve serve, std::size_t connections_max,
                   DoorObserver& observer, bool plain)
    : pool_(pool),
      tasks_(tasks),
      log_(log),
      serve_(std::move(serve)),
      connections_max_(connections_max),
      observer_(observer),
      plain_(plain),
      acceptor_(pool.main()) {}

Result<void, ErrorCode> Listener::open(const std::string& ip, std::uint16_t port) {
    const auto failed = [](const ErrorCode& code, std::string what) {
        return Failure<ErrorCode>{code, std::move(what) + ": " + code.message()};
    };
    ErrorCode error;
    const std::string where = ip + " port " + std::to_string(port);
    const auto address = asio::ip::make_address(ip, error);
    if (error) return failed(error, "server.ip: '" + ip + "' is no address");
    const Tcp::endpoint endpoint(address, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) return failed(error, "cannot listen on " + where);
    return {};
}

std::uint16_t Listener::port() const {
    ErrorCode error;
    return acceptor_.local_endpoint(error).port();
}

Awaitable<void> Listener::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    Timer pause(pool_.main());
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        auto [error, socket] = co_await acceptor_.async_accept(pool_.next(), kAsTuple);
        if (!error) {
            accepted(std::move(socket));
        } else if (out_of_resources(error)) {
            if (!exhausted_) log_.error("cannot accept connections: {}; waiting until some close", error.message());
            exhausted_ = true;
            pause.expires_after(kBackOff);
            co_await pause.async_wait(kAsTuple);
        }
    }
    ErrorCode ignored;
    acceptor_.close(ignored);
}

void Listener::accepted(TcpSocket socket) {
    if (exhausted_) log_.info("accepting connections again");
    exhausted_ = false;
    ErrorCode ignored;
    // A message waits for nobody: without this, Nagle and delayed acknowledgements cost a client 40 ms a cell.
    socket.set_option(Tcp::no_delay(true), ignored);
    const Executor executor = socket.get_executor();
    if (open_->load() >= connections_max_) {
        if (!full_) log_.warn("connections_max: all {} connections are in use; more are turned away", connections_max_);
        full_ = true;
        observer_.connection_refused("server.connections_max");
        if (plain_) tasks_.spawn(executor, turn_away(std::move(socket)), "turning a connection away");
        return;
    }
    full_ = false;
    tasks_.spawn(executor, serve_one(std::move(socket), ++number_, ConnectionUnit(open_)), "connection");
}

Awaitable<void> Listener::serve_one(TcpSocket socket, std::uint64_t number, ConnectionUnit) {
    co_await serve_(std::move(socket), number);
}

Awaitable<void> Listener::turn_away(TcpSocket socket) {
    // Small enough for the socket's buffer: it completes at once, or the connection is not worth waiting for.
    const std::string response = full_response();
    co_await asio::async_write(socket, asio::buffer(response), kAsTuple);
}

}  // namespace corncob::server
