#include "server/zmq/tenant_sessions.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::ZmqPeer;

/// An endpoint of tenant bob.
class TenantSessionsTest : public tests::EndpointFixture {
 protected:
    ~TenantSessionsTest() override {
        for (const auto& kernel : bob_.kernels().list()) kernel->shutdown([] {});
        host_.end_stopped();
        if (endpoint_) endpoint_->close();
        reactor_.stop();    // before what it uses goes
        endpoint_.reset();  // with its kernels, before their registry
    }
    ConnectionInfo open_sessions() {
        sessions_ =
            std::make_shared<TenantSessions>(bob_, TenantSessionsSettings{idle_timeout_}, time_, *log_, reactor_);
        endpoint_ = std::make_shared<ZmqEndpoint>(reactor_, sessions_, settings_, clock_, observer_, doors_, *log_);
        std::promise<ConnectionResult<ConnectionInfo>> opened;
        endpoint_->open(new_connection(), [&](auto result) { opened.set_value(std::move(result)); });
        return opened.get_future().get().value();
    }
    static protocol::Message of(const std::string& session, protocol::Message message) {
        message.header.session = protocol::ClientSessionId(session);
        message.header_json = protocol::header_json(message.header);
        return message;
    }
    static protocol::Message ask(const std::string& session, const std::string& id, MsgType type,
                                 Channel channel = Channel::shell,
                                 const nlohmann::json& content = nlohmann::json::object()) {
        return of(session, tests::request(type, id, content, channel));
    }
    /// What a peer is told, one request at a time.
    static nlohmann::json told(ZmqPeer& peer, const protocol::Message& message, MsgType reply) {
        peer.send(message);
        const auto got = peer.receive_message(reply);
        EXPECT_TRUE(got);
        EXPECT_EQ(tests::parent_of(*got), message.header.msg_id.str());
        return nlohmann::json::parse(got->message.content_json);
    }
    /// Its host kernel, once the request is there.
    std::shared_ptr<tests::FakeHostKernel> python_of(const std::string& msg_id) {
        std::shared_ptr<tests::FakeHostKernel> found;
        EXPECT_TRUE(tests::eventually([&] {
            for (const auto& each : host_.started()) {
                if (each->request(msg_id)) found = each;
            }
            return found != nullptr;
        }));
        return found;
    }
    std::size_t kernels() { return bob_.kernels().list().size(); }

    tests::FakeClock time_;
    std::chrono::milliseconds idle_timeout_{0};
    tenants::TenantRegistry registry_{config::TenantsConfig{}, kernelspecs_, host_, time_, observer_};
    tenants::Tenant& bob_ = registry_.of(protocol::TenantId("bob"));
    std::shared_ptr<TenantSessions> sessions_;
};

TEST_F(TenantSessionsTest, EverySessionHasAKernelOfItsOwn) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    shell.send(of("a", tests::execute("1", "pass")));
    shell.send(of("b", tests::execute("2", "pass")));
    const auto one = python_of("1");
    const auto two = python_of("2");
    ASSERT_TRUE(one && two);
    EXPECT_NE(one, two) << "and neither waits for the other";
    EXPECT_EQ(kernels(), 2U);
    ZmqPeer other_client(info, Channel::shell);
    other_client.send(of("a", tests::execute("3", "pass")));
    one->reply(one->request("1"));
    EXPECT_EQ(python_of("3"), one) << "a session is shared by its clients";
    EXPECT_EQ(kernels(), 2U);
}

TEST_F(TenantSessionsTest, TopicsBeginWithTheSession) {
    const auto info = open_sessions();
    ZmqPeer only_a(info, Channel::iopub);
    only_a.subscribe("a.");
    ASSERT_TRUE(only_a.receive_message(MsgType::iopub_welcome));
    ZmqPeer shell(info, Channel::shell);
    for (const char* session : {"b", "a"})
        told(shell, ask(session, session, MsgType::kernel_info_request), MsgType::kernel_info_reply);
    for (int i = 0; i < 2; ++i) {
        const auto status = only_a.receive_message();
        ASSERT_TRUE(status);
        EXPECT_EQ(status->identities, std::vector<std::string>{"a.status"});
        EXPECT_EQ(tests::parent_of(*status), "a");
    }
}

TEST_F(TenantSessionsTest, AnInterruptIsForOneSession) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    for (const char* session : {"a", "b"}) shell.send(of(session, tests::execute(session, "pass")));
    const auto one = python_of("a");
    const auto two = python_of("b");
    ZmqPeer control(info, Channel::control);
    told(control, ask("b", "i", MsgType::interrupt_request, Channel::control), MsgType::interrupt_reply);
    EXPECT_EQ(one->interrupts(), 0U);
    EXPECT_EQ(two->interrupts(), 1U);
}

TEST_F(TenantSessionsTest, ARestartAndAnEndAreOfOneSession) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    for (const char* session : {"a", "b"}) shell.send(of(session, tests::execute(session, "pass")));
    const auto one = python_of("a");
    const auto two = python_of("b");
    ZmqPeer control(info, Channel::control);
    for (const bool restart : {true, false}) {
        const auto reply = told(control,
                                ask("a", "s" + std::to_string(restart), MsgType::shutdown_request, Channel::control,
                                    {{"restart", restart}}),
                                MsgType::shutdown_reply);
        EXPECT_EQ(reply["restart"], restart);
        EXPECT_EQ(kernels(), restart ? 2U : 1U);
    }
    EXPECT_TRUE(one->stopped());
    EXPECT_FALSE(two->stopped());
    shell.send(of("a", tests::execute("again", "pass")));
    EXPECT_NE(python_of("again"), one) << "and it begins anew when it is asked again";
}

TEST_F(TenantSessionsTest, CommsAreOfOneSession) {
    ZmqPeer shell(open_sessions(), Channel::shell);
    shell.send(ask("a", "o", MsgType::comm_open, Channel::shell, {{"comm_id", "c"}, {"target_name", "t"}}));
    const auto comms = [&](const std::string& session, const std::string& id) {
        return told(shell, ask(session, id, MsgType::comm_info_request), MsgType::comm_info_reply)["comms"];
    };
    EXPECT_EQ(comms("a", "1").size(), 1U);
    EXPECT_EQ(comms("b", "2").size(), 0U);
}

TEST_F(TenantSessionsTest, TellsWhereItsSocketsAre) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    const auto content = told(shell, ask("a", "1", MsgType::connect_request), MsgType::connect_reply);
    EXPECT_EQ(content["shell_port"], info.port(Channel::shell));
    EXPECT_EQ(content["iopub_port"], info.port(Channel::iopub));
    EXPECT_EQ(content["stdin_port"], info.port(Channel::stdin_));
    EXPECT_EQ(content["control_port"], info.port(Channel::control));
    EXPECT_EQ(content["hb_port"], info.port(Channel::heartbeat));
    EXPECT_EQ(content["status"], "ok");
}

TEST_F(TenantSessionsTest, ASessionTooManyIsRefusedInWords) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    const std::size_t most = config::QuotaConfig{}.kernels_max;
    for (std::size_t i = 0; i < most; ++i) {
        told(shell, ask(std::to_string(i), std::to_string(i), MsgType::kernel_info_request),
             MsgType::kernel_info_reply);
    }
    const auto iopub = subscriber(info);
    const auto refused = told(shell, of("one more", tests::execute("x", "pass")), MsgType::execute_reply);
    EXPECT_EQ(refused["status"], "error");
    EXPECT_NE(refused["evalue"].get<std::string>().find("kernels_max"), std::string::npos) << refused;
    for (const char* status : {"busy", "idle"}) {
        const auto message = iopub->receive_message(MsgType::status);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->identities, std::vector<std::string>{"one more.status"});
        EXPECT_EQ(nlohmann::json::parse(message->message.content_json)["execution_state"], status);
    }
    ZmqPeer control(info, Channel::control);
    told(control, ask("0", "s", MsgType::shutdown_request, Channel::control), MsgType::shutdown_reply);
    told(shell, ask("one more", "y", MsgType::kernel_info_request), MsgType::kernel_info_reply);
}

TEST_F(TenantSessionsTest, ASessionOfManyBytesIsRefused) {
    ZmqPeer shell(open_sessions(), Channel::shell);
    const auto refused = told(shell, of(std::string(tenants::kSessionBytesMax + 1, 'x'), tests::execute("x", "pass")),
                              MsgType::execute_reply);
    EXPECT_EQ(refused["evalue"], "header.session has more than 128 bytes");
    EXPECT_EQ(kernels(), 0U);
}

TEST_F(TenantSessionsTest, AnAnswerMakesNoSession) {
    const auto info = open_sessions();
    ZmqPeer input(info, Channel::stdin_);
    input.send(ask("a", "1", MsgType::input_reply, Channel::stdin_, {{"value", "x"}}));
    EXPECT_TRUE(tests::eventually([&] {
        const auto notes = observer_.notes();
        return std::find(notes.begin(), notes.end(), "frame refused bob not_a_request") != notes.end();
    }));
    EXPECT_EQ(kernels(), 0U);
}

TEST_F(TenantSessionsTest, ASessionThatNobodyUsesIsEnded) {
    idle_timeout_ = std::chrono::seconds(100);
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    shell.send(of("busy", tests::execute("1", "pass")));
    const auto python = python_of("1");
    told(shell, ask("idle", "2", MsgType::kernel_info_request), MsgType::kernel_info_reply);
    const auto look = [&] {
        std::promise<std::size_t> left;
        asio::post(reactor_.executor(), [&] {
            sessions_->end_idle();
            asio::post(reactor_.executor(), [&] { left.set_value(sessions_->sessions()); });
        });
        return left.get_future().get();
    };
    time_.advance(std::chrono::seconds(99));
    EXPECT_EQ(look(), 2U);
    time_.advance(std::chrono::seconds(2));
    EXPECT_EQ(look(), 1U) << "what runs a cell is not idle";
    EXPECT_EQ(kernels(), 1U);
    EXPECT_NE(logged().find("session \"idle\" is ended"), std::string::npos) << logged();
}

TEST_F(TenantSessionsTest, TheEndpointsEndLeavesNothing) {
    const auto info = open_sessions();
    ZmqPeer shell(info, Channel::shell);
    told(shell, ask("a", "1", MsgType::kernel_info_request), MsgType::kernel_info_reply);
    const std::weak_ptr<TenantSessions> sessions = std::exchange(sessions_, nullptr);
    const std::weak_ptr<ZmqEndpoint> endpoint = endpoint_;
    std::exchange(endpoint_, nullptr)->close();
    EXPECT_TRUE(tests::eventually([&] { return endpoint.expired() && sessions.expired(); }));
}

}  // namespace
}  // namespace corncob::server
