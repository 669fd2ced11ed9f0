#include "server/http/http_connection.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "server/http/access_log.hpp"
#include "server/http/error_response.hpp"
#include "server/http/http_date.hpp"
#include "server/http/request_check.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kReadBytes = 8192;            // asked of the socket at a time
constexpr std::size_t kBodyBufferBytesMax = 65536;  // on top of the header's limit
constexpr std::chrono::seconds kLingerTimeout{2};   // for a client to see our answer to what it still sends
constexpr std::chrono::seconds kGoodbyeTimeout{1};  // for a client to end TLS as it should
constexpr std::size_t kLingerBytesMax = 8388608;

constexpr unsigned kSwitchingProtocols = 101;
constexpr std::string_view kOtherMethod = "other";  // in metrics: one that has no name, or was not read

using Clock = std::chrono::steady_clock;

std::string_view method_word(http::verb method) {
    if (method == http::verb::unknown) return kOtherMethod;
    const auto word = http::to_string(method);
    return {word.data(), word.size()};
}

}  // namespace

HttpConnection::HttpConnection(Stream stream, const HttpSurroundings& surroundings, std::uint64_t number)
    : stream_(std::move(stream)),
      deadline_(stream_),
      surroundings_(surroundings),
      buffer_(surroundings.limits.header_bytes_max + kBodyBufferBytesMax),
      number_(number),
      name_("c" + std::to_string(number)) {
    ErrorCode ignored;
    address_ = stream_.socket().remote_endpoint(ignored).address().to_string();
}

Awaitable<void> serve_http(std::unique_ptr<HttpConnection> connection) {
    co_await connection->run();
}

Awaitable<void> HttpConnection::run() {
    // Errors of cancelled operations are looked at like others; no exception may skip the end of this function.
    co_await asio::this_coro::throw_if_cancelled(false);
    const bool open = co_await shake_hands();
    Next next = open ? Next::request : Next::close;
    while (next == Next::request && !surroundings_.state.closing()) {
        const bool arrived = co_await wait_for_request();
        if (!arrived) break;
        next = co_await serve_one();
    }
    if (open) co_await say_goodbye();
    if (next == Next::linger) co_await linger();
    ErrorCode ignored;
    stream_.socket().shutdown(TcpSocket::shutdown_both, ignored);
    stream_.socket().close(ignored);
}

Awaitable<bool> HttpConnection::shake_hands() {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    deadline_.arm(std::chrono::seconds(surroundings_.limits.request_timeout_seconds));
    const ErrorCode error = co_await stream_.handshake();
    if (error) surroundings_.log.debug("connection={} TLS handshake failed: {}", name_, error.message());
    co_return !error;
}

Awaitable<void> HttpConnection::say_goodbye() {
    deadline_.arm(kGoodbyeTimeout);
    co_await stream_.say_goodbye();
}

/// Until the first byte of a request is there. This is where a connection ends gently.
Awaitable<bool> HttpConnection::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    deadline_.arm(std::chrono::seconds(requests_ == 0 ? surroundings_.limits.request_timeout_seconds
                                                      : surroundings_.limits.keep_alive_timeout_seconds));
    const auto space = buffer_.prepare(kReadBytes);
    const auto [error, bytes] = co_await stream_.async_read_some(space, kAsTuple);
    buffer_.commit(bytes);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_return !error;
}

Awaitable<HttpConnection::Next> HttpConnection::serve_one() {
    ++requests_;
    deadline_.arm(std::chrono::seconds(surroundings_.limits.request_timeout_seconds));
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(surroundings_.limits.header_bytes_max));
    parser.body_limit(surroundings_.limits.body_bytes_max);
    auto refusal = co_await read(parser);
    if (refusal) {
        const Next next = co_await refuse(std::move(*refusal));
        co_return next;
    }
    if (!parser.is_done()) co_return Next::close;
    deadline_.disarm();
    const Next next = co_await answer(parser.release());
    co_return next;
}

/// The refusal of a bad request. Nothing: the parser is done, or the client has gone.
Awaitable<std::optional<Response>> HttpConnection::read(Parser& parser) {
    std::optional<Response> refusal;
    auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, parser, kAsTuple);
    if (!error) {
        const auto fault = fault_of(parser.get().base());
        if (fault) {
            refusal = error_response(http::status::bad_request, *fault);
            co_return refusal;
        }
        error = co_await continue_if_expected(parser);
    }
    if (!error && !parser.is_done()) {
        auto [body_error, body_bytes] = co_await http::async_read(stream_, buffer_, parser, kAsTuple);
        error = body_error;
    }
    if (error) refusal = response_to_read_error(error, deadline_.expired());
    co_return refusal;
}

Awaitable<ErrorCode> HttpConnection::continue_if_expected(Parser& parser) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto expect = parser.get()[http::field::expect];
    if (parser.is_done() || !boost::beast::iequals(expect, "100-continue")) co_return ErrorCode{};
    const auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(kContinue), kAsTuple);
    co_return error;
}

Awaitable<HttpConnection::Next> HttpConnection::answer(Request request) {
    const auto began = Clock::now();
    RequestScope scope{request, name_ + "r" + std::to_string(requests_), address_, {}, stream_.is_tls()};
    scope.arrival = number_;
    Response response = co_await surroundings_.service.respond(scope);
    if (scope.upgrade && buffer_.size() > 0) {
        scope.upgrade.reset();  // frames before the handshake: not a WebSocket client
        response = error_response(http::status::bad_request, "Data follow the upgrade request before its answer");
    }
    if (scope.upgrade) {
        log_upgrade(surroundings_.log, scope);
        surroundings_.observer.request_answered("GET", kSwitchingProtocols);
        buffer_ = boost::beast::flat_buffer();
        co_await scope.upgrade->run(std::move(stream_), std::move(request));
        co_return Next::close;
    }
    log_request(surroundings_.log, scope, response, Clock::now() - began);
    surroundings_.observer.request_answered(method_word(request.method()), static_cast<unsigned>(response.status));
    const bool keep_alive = request.keep_alive() && !surroundings_.state.closing();
    const bool head = request.method() == http::verb::head;
    response.headers.emplace_back("X-Request-Id", scope.id);
    const ErrorCode error = co_await write(std::move(response), request.version(), keep_alive, head);
    co_return error || !keep_alive ? Next::close : Next::request;
}

Awaitable<HttpConnection::Next> HttpConnection::refuse(Response response) {
    surroundings_.log.info("request={}r{} address={} status={} refused unread", name_, requests_, address_,
                           static_cast<unsigned>(response.status));
    surroundings_.observer.request_answered(kOtherMethod, static_cast<unsigned>(response.status));
    const ErrorCode error = co_await write(std::move(response), 11, false, false);
    co_return error ? Next::close : Next::linger;
}

Awaitable<ErrorCode> HttpConnection::write(Response response, unsigned version, bool keep_alive, bool head) {
    http::response<http::string_body> message(response.status, version);
    message.set(http::field::server, "corncob");
    message.set(http::field::date, http_date(std::chrono::system_clock::now()));
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Content-Security-Policy", "frame-ancestors 'none'");
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    message.keep_alive(keep_alive);
    if (response.status != http::status::no_content) message.content_length(response.body.size());
    if (!head) message.body() = std::move(response.body);
    deadline_.arm(std::chrono::seconds(surroundings_.limits.request_timeout_seconds));
    const auto [error, bytes] = co_await http::async_write(stream_, message, kAsTuple);
    co_return error;
}

/// Closing while the client still sends would reset the connection, and it would never see our answer.
Awaitable<void> HttpConnection::linger() {
    ErrorCode error;
    TcpSocket& socket = stream_.socket();  // what still comes is thrown away as it is
    socket.shutdown(TcpSocket::shutdown_send, error);
    deadline_.arm(kLingerTimeout);
    buffer_.clear();
    std::size_t bytes_left = kLingerBytesMax;
    while (!error && bytes_left > 0 && !deadline_.expired()) {
        const auto space = buffer_.prepare(kReadBytes);
        const auto [read_error, bytes] = co_await socket.async_read_some(space, kAsTuple);
        error = read_error;
        bytes_left -= std::min(bytes_left, bytes);
    }
}

}  // namespace corncob::server
