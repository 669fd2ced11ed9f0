#include "server/auth/hub_client.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "config/hub_environment.hpp"
#include "server/net/deadline.hpp"

namespace corncob::server {
namespace {

namespace http = boost::beast::http;
namespace ssl = asio::ssl;

constexpr std::size_t kAnswerBytesMax = 1048576;
constexpr std::uint32_t kAnswerHeaderBytesMax = 65536;

using Endpoints = std::vector<Tcp::endpoint>;
using HubRequest = http::request<http::string_body>;

Failure<HubErrc> failure(HubErrc code, const std::string& what) {
    return {code, "JupyterHub " + what};
}

Failure<HubErrc> too_slow() {
    return failure(HubErrc::too_slow, "does not answer in time");
}

/// Empty: the name is unknown.
Awaitable<Endpoints> resolve(std::string host, std::uint16_t port) {
    Endpoints endpoints;
    ErrorCode error;
    const auto literal = asio::ip::make_address(host, error);
    if (!error) {
        endpoints.emplace_back(literal, port);
        co_return endpoints;
    }
    asio::ip::basic_resolver<Tcp, Executor> resolver(co_await asio::this_coro::executor);
    const std::string service = std::to_string(port);
    const auto [failed, found] = co_await resolver.async_resolve(host, service, kAsTuple);
    if (failed) co_return endpoints;
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    co_return endpoints;
}

/// One after another: async_connect() would take a passed deadline for one endpoint's failure.
Awaitable<ErrorCode> connect(TcpSocket& socket, const Deadline& deadline, Endpoints endpoints) {
    ErrorCode error = asio::error::host_not_found;
    for (const Tcp::endpoint& endpoint : endpoints) {
        if (deadline.expired()) break;
        ErrorCode ignored;
        socket.close(ignored);
        const auto [failed] = co_await socket.async_connect(endpoint, kAsTuple);
        error = failed;
        if (!error) break;
    }
    co_return error;
}

template <class Stream>
Awaitable<HubResult> exchange(Stream& stream, const Deadline& deadline, const HubRequest& request) {
    const auto [write_error, written] = co_await http::async_write(stream, request, kAsTuple);
    ErrorCode error = write_error;
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kAnswerBytesMax);
    parser.header_limit(kAnswerHeaderBytesMax);
    if (!error) {
        const auto [read_error, bytes] = co_await http::async_read(stream, buffer, parser, kAsTuple);
        error = read_error;
    }
    HubResult result = HubResponse{};
    if (deadline.expired()) {
        result = too_slow();
    } else if (error) {
        result = failure(HubErrc::no_answer, "gives no answer: " + error.message());
    } else {
        result = HubResponse{parser.get().result_int(), std::move(parser.get().body())};
    }
    co_return result;
}

Awaitable<HubResult> exchange_over_tls(TcpSocket& socket, const Deadline& deadline, ssl::context& context,
                                       const std::string& host, const HubRequest& request) {
    ssl::stream<TcpSocket&> stream(socket, context);
    ::SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    ErrorCode ignored;
    stream.set_verify_callback(ssl::host_name_verification(host), ignored);
    const auto [error] = co_await stream.async_handshake(ssl::stream_base::client, kAsTuple);
    HubResult result = HubResponse{};
    if (deadline.expired()) {
        result = too_slow();
    } else if (error) {
        result = failure(HubErrc::no_connection, "cannot be trusted: " + error.message());
    } else {
        result = co_await exchange(stream, deadline, request);
    }
    co_return result;
}

/// Throws if a file cannot be used.
std::unique_ptr<ssl::context> make_context(const config::HubConfig& hub) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    context->set_verify_mode(ssl::verify_peer);
    const auto use = [](const char* variable, const std::string& file, auto apply) {
        ErrorCode error;
        apply(file, error);
        if (error) throw std::runtime_error(std::string(variable) + ": " + file + ": " + error.message());
    };
    if (hub.ca.empty()) {
        context->set_default_verify_paths();
    } else {
        use("JUPYTERHUB_SSL_CLIENT_CA", hub.ca,
            [&](const std::string& file, ErrorCode& error) { context->load_verify_file(file, error); });
    }
    if (!hub.certificate.empty()) {
        use("JUPYTERHUB_SSL_CERTFILE", hub.certificate,
            [&](const std::string& file, ErrorCode& error) { context->use_certificate_chain_file(file, error); });
        use("JUPYTERHUB_SSL_KEYFILE", hub.key.empty() ? hub.certificate : hub.key,
            [&](const std::string& file, ErrorCode& error) {
                context->use_private_key_file(file, ssl::context::pem, error);
            });
    }
    return context;
}

/// "http://host:port/hub/api" -> "/hub/api"
std::string path_of(const std::string& url) {
    const auto slash = url.find('/', url.find("://") + 3);
    return slash == std::string::npos ? "" : url.substr(slash);
}

}  // namespace

struct HubClient::Question {
    http::verb method = http::verb::get;
    std::string path;
    std::string token;  // empty: none is sent
    std::string form;
};

HubClient::HubClient(const config::HubConfig& hub, std::chrono::milliseconds timeout)
    : timeout_(timeout), base_path_(path_of(hub.api_url)) {
    const auto origin = config::parse_url_origin(hub.api_url);
    if (!origin) throw std::logic_error("the Hub's URL has not been checked");
    const bool https = origin->scheme == "https";
    host_ = origin->host;
    port_ = origin->port != 0 ? origin->port : static_cast<std::uint16_t>(https ? 443 : 80);
    if (https) tls_ = make_context(hub);
}

HubClient::~HubClient() = default;

Awaitable<HubResult> HubClient::get(std::string path, std::string token) const {
    Question question{http::verb::get, std::move(path), std::move(token), {}};
    HubResult result = co_await ask(std::move(question));
    co_return result;
}

Awaitable<HubResult> HubClient::post_form(std::string path, std::string form) const {
    Question question{http::verb::post, std::move(path), {}, std::move(form)};
    HubResult result = co_await ask(std::move(question));
    co_return result;
}

Awaitable<HubResult> HubClient::ask(Question question) const {
    co_await asio::this_coro::throw_if_cancelled(false);
    TcpSocket socket(co_await asio::this_coro::executor);
    Deadline deadline(socket);
    deadline.arm(timeout_);
    Endpoints endpoints = co_await resolve(host_, port_);
    const ErrorCode error = co_await connect(socket, deadline, std::move(endpoints));
    HubResult result = HubResponse{};
    if (deadline.expired()) {
        result = too_slow();
        co_return result;
    }
    if (error) {
        result = failure(HubErrc::no_connection, "cannot be reached: " + error.message());
        co_return result;
    }
    HubRequest request(question.method, base_path_ + question.path, 11);
    const bool is_v6 = host_.find(':') != std::string::npos;
    request.set(http::field::host, (is_v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_));
    request.set(http::field::user_agent, "corncob");
    request.set(http::field::accept, "application/json");
    request.set(http::field::connection, "close");
    if (!question.token.empty()) request.set(http::field::authorization, "token " + question.token);
    if (question.method == http::verb::post) {
        request.set(http::field::content_type, "application/x-www-form-urlencoded");
        request.body() = std::move(question.form);
    }
    request.prepare_payload();
    if (tls_) {
        result = co_await exchange_over_tls(socket, deadline, *tls_, host_, request);
    } else {
        result = co_await exchange(socket, deadline, request);
    }
    co_return result;
}

}  // namespace corncob::server
