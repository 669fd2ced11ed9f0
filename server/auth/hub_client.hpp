// Requests to JupyterHub's API, over HTTP or TLS, each within a time limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "config/gateway_config.hpp"
#include "protocol/result.hpp"
#include "server/net/executor.hpp"

namespace boost::asio::ssl {
class context;
}

namespace corncob::server {

/// For all of one request, from the connection to the answer's last byte.
inline constexpr std::chrono::milliseconds kHubTimeout{10'000};

struct HubResponse {
    unsigned status = 0;
    std::string body{};
};

enum class HubErrc {
    no_connection,  ///< the Hub is not there, or its certificate is not the one expected
    too_slow,
    no_answer,  ///< it went away, or what it said is no HTTP
};
/// The failure's detail is a sentence without any token.
using HubResult = Result<HubResponse, HubErrc>;

/// Thread-safe; each request is a connection of its own on the caller's thread.
class HubClient {
 public:
    /// Throws if one of the certificate's files cannot be used. `hub` is valid.
    explicit HubClient(const config::HubConfig& hub, std::chrono::milliseconds timeout = kHubTimeout);
    ~HubClient();

    /// GET {api_url}{path}, as the owner of `token`, which must be visible ASCII.
    Awaitable<HubResult> get(std::string path, std::string token) const;
    /// POST {api_url}{path} with an application/x-www-form-urlencoded body.
    Awaitable<HubResult> post_form(std::string path, std::string form) const;

    std::chrono::milliseconds timeout() const { return timeout_; }

 private:
    struct Question;
    Awaitable<HubResult> ask(Question question) const;

    const std::chrono::milliseconds timeout_;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string base_path_;
    std::unique_ptr<asio::ssl::context> tls_;  // null: plain HTTP
};

}  // namespace corncob::server
