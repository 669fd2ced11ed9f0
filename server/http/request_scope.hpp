// What a handler gets and gives: all of one request, and the answer as a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

#include "server/auth/authenticator.hpp"
#include "server/http/url.hpp"
#include "server/net/stream.hpp"
#include "tenants/tenant.hpp"

namespace corncob::server {

namespace http = boost::beast::http;
using Request = http::request<http::string_body>;

/// An answer before it is bytes. Length, date, security and CORS headers are added on the way out.
struct Response {
    http::status status = http::status::ok;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;

    static Response json(const nlohmann::json& value, http::status status = http::status::ok) {
        return {status, value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "application/json", {}};
    }
    static Response no_content() { return {http::status::no_content, {}, {}, {}}; }
};

/// What takes a connection over from HTTP.
class Upgrade {
 public:
    virtual ~Upgrade() = default;
    /// Speaks the new protocol until its end. `request` is the one that asked for it.
    virtual Awaitable<void> run(Stream stream, Request request) = 0;
};

/// One request on its way through the handlers. Lives until the response is made.
struct RequestScope {
    const Request& request;
    std::string id;       ///< of the request, in every log line about it
    std::string address;  ///< of the client, without its port
    std::string path;     ///< as it came, without the query: what may be logged
    bool is_tls = false;  ///< the client speaks TLS with us, not with a proxy
    Query query{};
    std::vector<std::string> path_parameters{};  ///< decoded, in the pattern's order
    Principal principal{};                       ///< of routes that need one
    tenants::Tenant* tenant = nullptr;           ///< of the principal; not null where there is one
    std::string xsrf{};                          ///< what a page has to show that is logged in by this cookie
    std::string kernel{};                        ///< the kernel that was made for it, for the log
    std::string refusal{};                       ///< for the log: what the client is not told of why it is refused
    std::uint64_t arrival = 0;                   ///< of its connection: who has connected later has a higher one
    std::unique_ptr<Upgrade> upgrade{};          ///< set by a handler instead of a response's body
};

}  // namespace corncob::server
