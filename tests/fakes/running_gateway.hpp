// A whole Gateway on a free port of the loopback, with a PromptHost in the place of Python.
#pragma once

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <spdlog/sinks/ostream_sink.h>
#include <nlohmann/json.hpp>

#include "server/gateway.hpp"
#include "tests/fakes/prompt_host.hpp"
#include "tests/fakes/raw_client.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/fakes/websocket_client.hpp"

namespace corncob::tests {

class RunningGateway {
 public:
    using Change = std::function<void(config::GatewayConfig&)>;

    using Prepare = std::function<void(server::Gateway&)>;

    explicit RunningGateway(const Change& change = {}, const Prepare& prepare = {}) {
        config::GatewayConfig config;
        config.server.port = 0;
        config.server.drain_timeout_seconds = 5;
        config.token = kToken;
        config.log.level = "debug";
        config.zmq.runtime_dir = runtime_.path() + "/corncob";
        if (change) change(config);
        auto host = std::make_unique<PromptHost>();
        host_ = host.get();
        auto log = server::make_log(config.log, std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
        gateway_ = std::make_unique<server::Gateway>(std::move(config), std::move(log), std::move(host));
        const auto opened = gateway_->open();
        if (!opened) throw std::runtime_error(opened.error().detail);
        if (prepare) prepare(*gateway_);
        thread_ = std::thread([this] { gateway_->run(); });
    }
    ~RunningGateway() { stop(); }

    /// Drains and waits for the end. What was logged is complete afterwards.
    void stop() {
        gateway_->stop();
        join();
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    server::Gateway& gateway() { return *gateway_; }
    std::uint16_t port() const { return gateway_->port(); }
    PromptHost& host() { return *host_; }
    /// After stop().
    std::string log() const { return log_.str(); }

    static std::string head(const std::string& method, const std::string& target, const std::string& headers = {}) {
        return method + " " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: token " + kToken + "\r\n" + headers;
    }
    /// One request on a connection of its own; the whole response.
    std::string ask(const std::string& method, const std::string& target, const std::string& body = {}) const {
        RawClient client(port());
        client.send(head(method, target, "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n") + body);
        return client.read_response(method != "HEAD");
    }
    static unsigned status(const std::string& response) {
        return response.size() > 12 ? static_cast<unsigned>(std::stoul(response.substr(9, 3))) : 0;
    }
    static nlohmann::json body(const std::string& response) {
        return nlohmann::json::parse(response.substr(response.find("\r\n\r\n") + 4), nullptr, false);
    }
    std::string start_kernel() const { return body(ask("POST", "/api/kernels"))["id"].get<std::string>(); }

    std::unique_ptr<WebsocketClient> connect(const std::string& kernel_id, const std::string& query = {},
                                             bool v1 = true, const std::string& headers = {}) const {
        return std::make_unique<WebsocketClient>(
            port(), "/api/kernels/" + kernel_id + "/channels?token=" + kToken + query,
            (v1 ? "Sec-WebSocket-Protocol: other, v1.kernel.websocket.jupyter.org\r\n" : std::string()) + headers);
    }

    static constexpr const char* kToken = "s3cret";

 private:
    TemporaryFolder runtime_;
    std::ostringstream log_;
    PromptHost* host_ = nullptr;  // owned by the gateway
    std::unique_ptr<server::Gateway> gateway_;
    std::thread thread_;
};

}  // namespace corncob::tests
