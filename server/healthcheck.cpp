#include "server/healthcheck.hpp"

#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "server/net/deadline.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {
namespace {

namespace http = boost::beast::http;
namespace ssl = asio::ssl;

using Request = http::request<http::empty_body>;

constexpr int kHealthy = 0;
constexpr int kUnhealthy = 1;

/// Where the daemon is found from its own machine.
std::string reachable(const std::string& ip) {
    if (ip == "0.0.0.0") return "127.0.0.1";
    return ip == "::" ? "::1" : ip;
}

std::string authority(const std::string& host, std::uint16_t port) {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

/// The certificate is not looked at: it names the daemon as others reach it, and what listens here is this machine's.
/// Where the daemon wants one of its clients, it is shown its own.
ssl::context make_context(const config::TlsConfig& tls) {
    ssl::context context(ssl::context::tls_client);
    context.set_verify_mode(ssl::verify_none);
    if (tls.client_ca.empty()) return context;
    context.use_certificate_chain_file(tls.certificate);
    context.use_private_key_file(tls.key, ssl::context::pem);
    return context;
}

/// What is wrong; empty: it answered that it is well.
template <class Stream>
Awaitable<std::string> exchange(Stream& stream, const Request& request) {
    const auto [write_error, written] = co_await http::async_write(stream, request, kAsTuple);
    if (write_error) co_return write_error.message();
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    const auto [read_error, bytes] = co_await http::async_read(stream, buffer, response, kAsTuple);
    if (read_error) co_return "no answer: " + read_error.message();
    if (response.result() == http::status::ok) co_return std::string();
    co_return std::to_string(response.result_int()) + " " + std::string(response.reason());
}

Awaitable<std::string> ask(TcpSocket& socket, Tcp::endpoint endpoint, const config::TlsConfig& tls,
                           const Request& request) {
    const auto [connect_error] = co_await socket.async_connect(endpoint, kAsTuple);
    if (connect_error) co_return connect_error.message();
    std::string problem;
    if (tls.certificate.empty()) {
        problem = co_await exchange(socket, request);
        co_return problem;
    }
    ssl::context context = make_context(tls);
    ssl::stream<TcpSocket&> stream(socket, context);
    const auto [handshake_error] = co_await stream.async_handshake(ssl::stream_base::client, kAsTuple);
    if (handshake_error) co_return "no TLS: " + handshake_error.message();
    problem = co_await exchange(stream, request);
    co_return problem;
}

Awaitable<void> ask_in_time(const config::ServerConfig& server, const Request& request,
                            std::chrono::milliseconds timeout, std::string& problem) {
    TcpSocket socket(co_await asio::this_coro::executor);
    Deadline deadline(socket);
    deadline.arm(timeout);
    const Tcp::endpoint endpoint(asio::ip::make_address(reachable(server.ip)), server.port);
    problem = co_await ask(socket, endpoint, server.tls, request);
    if (deadline.expired()) problem = "no answer within " + std::to_string(timeout.count()) + " ms";
}

}  // namespace

int healthcheck(const config::GatewayConfig& config, bool ready, std::ostream& out, std::ostream& err,
                std::chrono::milliseconds timeout) {
    const config::ServerConfig& server = config.server;
    const std::string target = server.base_url + (ready ? "readyz" : "healthz");
    const std::string host = authority(reachable(server.ip), server.port);
    const std::string url = (server.tls.certificate.empty() ? "http://" : "https://") + host + target;
    std::string problem;
    if (server.port == 0) {
        problem = "server.port is 0, so the daemon has a port that only it knows";
    } else {
        Request request(http::verb::get, target, 11);
        request.set(http::field::host, host);
        request.set(http::field::user_agent, "corncob");
        request.set(http::field::connection, "close");
        asio::io_context context;
        const auto rethrow = [](const std::exception_ptr& failed) {
            if (failed) std::rethrow_exception(failed);
        };
        asio::co_spawn(context, ask_in_time(server, request, timeout, problem), rethrow);
        try {
            context.run();
        } catch (const std::exception& exception) {  // e.g. a certificate's file that cannot be read
            problem = exception.what();
        }
    }
    if (problem.empty()) {
        out << url << ": ok\n";
        return kHealthy;
    }
    err << "corncob: " << url << ": " << problem << '\n';
    return kUnhealthy;
}

}  // namespace corncob::server
