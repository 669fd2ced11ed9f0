// JupyterHub's API on a port of the loopback: says what a test tells it to, and counts what it is asked.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>

#include "config/gateway_config.hpp"
#include "tests/fakes/certificates.hpp"

namespace corncob::tests {

/// Each connection has a thread of its own, so that one answer can be held while others are given.
class FakeHub {
 public:
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    struct Answer {
        unsigned status = 200;
        std::string body{};
    };
    using Handler = std::function<Answer(const Request&)>;
    struct Tls {
        CertificateFiles own;
        std::string client_ca{};  ///< empty: clients need no certificate
    };

    explicit FakeHub(unsigned short port = 0, const std::optional<Tls>& tls = {})
        : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), port}) {
        if (tls) use(*tls);
        handler_ = [this](const Request& request) { return user_of(request); };
        listener_ = std::thread([this] { listen(); });
    }
    ~FakeHub() {
        closing_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        listener_.join();
        for (Thread& each : threads_) each.thread.join();
    }

    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    std::string url() const {
        return std::string(tls_ ? "https" : "http") + "://127.0.0.1:" + std::to_string(port()) + "/hub/api";
    }
    /// What a service named corncob is told.
    config::HubConfig config() const {
        config::HubConfig config;
        config.api_url = url();
        config.api_token = "the service's own";
        config.client_id = "service-corncob";
        config.callback_url = "/services/corncob/oauth_callback";
        config.authorize_url = "/hub/api/oauth2/authorize";
        config.access_scopes = {"access:services!service=corncob"};
        return config;
    }
    int asked() const { return asked_; }

    /// Who has this token; an empty model revokes it.
    void set_user(const std::string& token, nlohmann::json model) {
        const std::lock_guard lock(mutex_);
        users_[token] = std::move(model);
    }
    /// A user who may come.
    void let_in(const std::string& token, const std::string& name,
                const nlohmann::json& more = nlohmann::json::object()) {
        nlohmann::json model{{"kind", "user"},
                             {"name", name},
                             {"admin", false},
                             {"groups", nlohmann::json::array()},
                             {"scopes", {"access:services!service=corncob"}}};
        model.update(more);
        set_user(token, std::move(model));
    }
    /// In the place of user_of().
    void answer_by(Handler handler) {
        const std::lock_guard lock(mutex_);
        handler_ = std::move(handler);
    }
    Answer user_of(const Request& request) {
        const std::lock_guard lock(mutex_);
        const std::string_view authorization = request["Authorization"];
        if (request.target() != "/hub/api/user" || !authorization.starts_with("token ")) return {404, "{}"};
        const auto found = users_.find(std::string(authorization.substr(6)));
        if (found == users_.end() || found->second.empty()) return {403, R"({"status": 403, "message": "Forbidden"})"};
        return {200, found->second.dump()};
    }

 private:
    using Tcp = boost::asio::ip::tcp;
    struct Thread {
        std::thread thread{};
        std::atomic<bool> done{false};
    };

    void use(const Tls& tls) {
        namespace ssl = boost::asio::ssl;
        tls_ = std::make_unique<ssl::context>(ssl::context::tls_server);
        tls_->use_certificate_chain_file(tls.own.certificate);
        tls_->use_private_key_file(tls.own.key, ssl::context::pem);
        if (tls.client_ca.empty()) return;
        tls_->load_verify_file(tls.client_ca);
        tls_->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }

    void listen() {
        while (!closing_) {
            boost::system::error_code error;
            auto socket = std::make_shared<Tcp::socket>(context_);
            acceptor_.accept(*socket, error);
            if (error) continue;
            threads_.remove_if([](Thread& each) { return each.done && (each.thread.join(), true); });
            Thread& own = threads_.emplace_back();
            own.thread = std::thread([this, socket, &own] {
                serve(*socket);
                own.done = true;
            });
        }
    }

    void serve(Tcp::socket& socket) {
        boost::system::error_code error;
        if (!tls_) return serve_over(socket);
        boost::asio::ssl::stream<Tcp::socket&> stream(socket, *tls_);
        stream.handshake(boost::asio::ssl::stream_base::server, error);
        if (!error) serve_over(stream);
    }

    template <class Stream>
    void serve_over(Stream& stream) {
        namespace http = boost::beast::http;
        boost::system::error_code error;
        boost::beast::flat_buffer buffer;
        Request request;
        http::read(stream, buffer, request, error);
        if (error) return;
        ++asked_;
        Handler handler;
        {
            const std::lock_guard lock(mutex_);
            handler = handler_;
        }
        const Answer answer = handler(request);
        http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
        response.set(http::field::content_type, "application/json");
        response.keep_alive(false);
        response.body() = answer.body;
        response.prepare_payload();
        http::write(stream, response, error);
    }

    boost::asio::io_context context_;
    Tcp::acceptor acceptor_;
    std::unique_ptr<boost::asio::ssl::context> tls_;  // null: plain HTTP
    std::atomic<bool> closing_{false};
    std::atomic<int> asked_{0};
    std::mutex mutex_;
    Handler handler_;
    std::map<std::string, nlohmann::json> users_;
    std::thread listener_;
    std::list<Thread> threads_;  // of the listener's
};

}  // namespace corncob::tests
