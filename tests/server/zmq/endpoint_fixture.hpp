// A kernel behind a ZmqEndpoint, and clients that speak to it over the loopback.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <nlohmann/json.hpp>
#include <zmq.hpp>

#include "protocol/wire/zmq_codec.hpp"
#include "server/zmq/lone_kernel.hpp"
#include "server/zmq/zmq_endpoint.hpp"
#include "tenants/tenant_registry.hpp"
#include "tests/fakes/fake_host.hpp"
#include "tests/fakes/gate.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tests {

/// One ZMQ socket of a client. Of one thread.
class ZmqPeer {
 public:
    using Frames = std::vector<std::string>;

    ZmqPeer(const server::ConnectionInfo& info, protocol::Channel channel, const std::string& identity = {},
            int messages_max = 0)
        : info_(info),
          channel_(channel),
          socket_(context_, channel == protocol::Channel::iopub ? zmq::socket_type::sub : zmq::socket_type::dealer) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvhwm, messages_max);
        socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(std::chrono::milliseconds(kDeadline).count()));
        if (!identity.empty()) socket_.set(zmq::sockopt::routing_id, identity);
        const std::string port = std::to_string(info.port(channel));
        socket_.connect(info.transport + "://" + info.ip + (info.transport == "ipc" ? "-" : ":") + port);
    }

    void subscribe(const std::string& topic) { socket_.set(zmq::sockopt::subscribe, topic); }

    void send(const Frames& frames) {
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const bool more = i + 1 < frames.size();
            socket_.send(zmq::buffer(frames[i]), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
        }
    }
    Frames frames_of(const protocol::Message& message) const {
        const protocol::wire::Signer signer(info_.key);
        const std::string signature = signer.sign(protocol::wire::signed_parts(message));
        const auto views = protocol::wire::zmq_frames(message, signature);
        return {views.begin(), views.end()};
    }
    void send(const protocol::Message& message) { send(frames_of(message)); }

    /// Empty: nothing came within the deadline.
    Frames receive() {
        Frames frames;
        for (bool more = true; more;) {
            zmq::message_t frame;
            if (!socket_.recv(frame)) break;
            frames.push_back(frame.to_string());
            more = frame.more();
        }
        return frames;
    }
    /// The next message, its signature checked. On iopub the topic is its one identity.
    std::optional<protocol::wire::ZmqMessage> receive_message() {
        const Frames frames = receive();
        const std::vector<std::string_view> views(frames.begin(), frames.end());
        protocol::wire::ZmqTrust trust{protocol::wire::Signer(info_.key)};
        auto decoded = protocol::wire::decode_zmq(channel_, views, trust);
        EXPECT_TRUE(decoded) << decoded.error().detail;
        if (!decoded) return std::nullopt;
        return std::move(*decoded);
    }
    /// Reads on until one of that type comes.
    std::optional<protocol::wire::ZmqMessage> receive_message(protocol::MsgType type) {
        for (;;) {
            auto message = receive_message();
            if (!message || message->message.header.msg_type == type) return message;
        }
    }

 private:
    const server::ConnectionInfo info_;
    const protocol::Channel channel_;
    zmq::context_t context_{1};
    zmq::socket_t socket_;
};

inline std::string parent_of(const protocol::wire::ZmqMessage& message) {
    return nlohmann::json::parse(message.message.parent_header_json).value("msg_id", "");
}

class EndpointFixture : public testing::Test {
 protected:
    ~EndpointFixture() override {
        kernel_->shutdown([] {});
        host_.end_stopped();
        if (endpoint_) endpoint_->close();
        reactor_.stop();
    }

    server::ConnectionResult<server::ConnectionInfo> open(server::ConnectionInfo wanted) {
        server::ZmqEndpointSettings settings = settings_;
        settings.on_closed = [this] { closed_.open(); };
        endpoint_ = std::make_shared<server::ZmqEndpoint>(reactor_, std::make_shared<server::LoneKernel>(kernel_),
                                                          settings, clock_, observer_, doors_, *log_);
        std::promise<server::ConnectionResult<server::ConnectionInfo>> opened;
        endpoint_->open(std::move(wanted), [&](auto result) { opened.set_value(std::move(result)); });
        return opened.get_future().get();
    }
    server::ConnectionInfo open() {
        auto opened = open(server::new_connection());
        EXPECT_TRUE(opened) << opened.error().detail;
        return opened.value();
    }
    /// A subscriber of everything that has been welcomed.
    std::unique_ptr<ZmqPeer> subscriber(const server::ConnectionInfo& info) {
        auto peer = std::make_unique<ZmqPeer>(info, protocol::Channel::iopub);
        peer->subscribe("");
        EXPECT_TRUE(peer->receive_message(protocol::MsgType::iopub_welcome));
        return peer;
    }
    std::shared_ptr<FakeHostKernel> wait_for_request(const std::string& msg_id) {
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (std::chrono::steady_clock::now() < deadline) {
            if (const auto last = host_.last(); last && last->request(msg_id)) return last;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return nullptr;
    }
    std::string logged() const { return log_text_.str(); }

    std::ostringstream log_text_;
    std::shared_ptr<server::Log> log_ = server::make_log({.level = "debug", .format = "text"},
                                                         std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_));
    FakeHost host_;
    tenants::SystemClock clock_;
    RecordingObserver observer_;
    server::DoorObserver doors_;
    const tenants::Kernelspecs kernelspecs_{config::GatewayConfig{}};
    tenants::TenantRegistry tenants_{config::TenantsConfig{}, kernelspecs_, host_, clock_, observer_};
    server::ZmqReactor reactor_;
    std::shared_ptr<tenants::Kernel> kernel_ = tenants_.of(protocol::TenantId("alice")).kernels().start({}).value();
    server::ZmqEndpointSettings settings_{.message_bytes_max = 1'000'000, .outbox_bytes_max = 100'000'000};
    std::shared_ptr<server::ZmqEndpoint> endpoint_;
    Gate closed_;
};

}  // namespace corncob::tests
