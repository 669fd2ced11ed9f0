// One client's HTTP connection: reads requests, has them answered, writes the answers, hands over on an upgrade.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include "config/gateway_config.hpp"
#include "server/door_observer.hpp"
#include "server/http/http_service.hpp"
#include "server/log.hpp"
#include "server/net/deadline.hpp"
#include "server/net/executor.hpp"
#include "server/net/stream.hpp"
#include "server/server_state.hpp"

namespace corncob::server {

/// What all connections share; outlives them.
struct HttpSurroundings {
    HttpService& service;
    const ServerState& state;
    const config::ServerConfig& limits;
    DoorObserver& observer;
    Log& log;
};

/// Belongs to the thread of its stream. One request at a time, in the order of their arrival, so a pipelining client
/// gets its answers in order.
class HttpConnection {
 public:
    /// `number` names the connection in the log.
    HttpConnection(Stream stream, const HttpSurroundings& surroundings, std::uint64_t number);

    /// Until the client goes, errs, is too slow, or the daemon closes. A gentle cancellation ends it between two
    /// requests.
    Awaitable<void> run();

 private:
    using Parser = http::request_parser<http::string_body>;
    enum class Next { request, close, linger };

    Awaitable<bool> shake_hands();
    Awaitable<bool> wait_for_request();
    Awaitable<Next> serve_one();
    Awaitable<std::optional<Response>> read(Parser& parser);
    Awaitable<ErrorCode> continue_if_expected(Parser& parser);
    Awaitable<Next> answer(Request request);
    Awaitable<Next> refuse(Response response);
    Awaitable<ErrorCode> write(Response response, unsigned version, bool keep_alive, bool head);
    Awaitable<void> linger();
    Awaitable<void> say_goodbye();

    Stream stream_;
    Deadline deadline_;
    HttpSurroundings surroundings_;
    boost::beast::flat_buffer buffer_;
    const std::uint64_t number_;  // in the order in which clients have connected
    const std::string name_;
    std::string address_;  // of the client
    std::uint64_t requests_ = 0;
};

/// The connection as a task of its own.
Awaitable<void> serve_http(std::unique_ptr<HttpConnection> connection);

}  // namespace corncob::server
