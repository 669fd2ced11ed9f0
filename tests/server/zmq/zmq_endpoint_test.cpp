#include "server/zmq/zmq_endpoint.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include <boost/asio/post.hpp>

#include "tests/fakes/eventually.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::execute;
using tests::request;
using tests::ZmqPeer;

class ZmqEndpointTest : public tests::EndpointFixture {
 protected:
    void close() {
        endpoint_->close();
        EXPECT_TRUE(closed_.wait_open());
    }
    std::size_t refused(const std::string& reason) const {
        const auto notes = observer_.notes();
        return static_cast<std::size_t>(std::count(notes.begin(), notes.end(), "frame refused alice " + reason));
    }
};

TEST_F(ZmqEndpointTest, AnswersOnTheChannelOfTheQuestion) {
    const auto info = open();
    for (const Channel channel : {Channel::shell, Channel::control}) {
        ZmqPeer peer(info, channel);
        const std::string id = "on " + std::string(wire_name(channel));
        peer.send(request(MsgType::kernel_info_request, id, nlohmann::json::object(), channel));
        const auto reply = peer.receive_message();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->message.header.msg_type, MsgType::kernel_info_reply);
        EXPECT_EQ(tests::parent_of(*reply), id);
    }
}

TEST_F(ZmqEndpointTest, EachSubscriberIsWelcomed) {
    const auto info = open();
    for (const std::string topic : {"", "", "kernel.", "\xC3\xBC"}) {
        ZmqPeer peer(info, Channel::iopub);
        peer.subscribe(topic);
        const auto welcome = peer.receive_message();
        ASSERT_TRUE(welcome);
        EXPECT_EQ(welcome->message.header.msg_type, MsgType::iopub_welcome);
        EXPECT_EQ(nlohmann::json::parse(welcome->message.content_json), (nlohmann::json{{"subscription", topic}}));
        EXPECT_EQ(welcome->message.parent_header_json, "{}");
    }
}

TEST_F(ZmqEndpointTest, PublishesUnderATopic) {
    const auto info = open();
    const auto iopub = subscriber(info);
    ZmqPeer shell(info, Channel::shell);
    shell.send(request(MsgType::kernel_info_request, "1"));
    for (const std::string state : {"busy", "idle"}) {
        const auto status = iopub->receive_message();
        ASSERT_TRUE(status);
        EXPECT_EQ(nlohmann::json::parse(status->message.content_json)["execution_state"], state);
        EXPECT_EQ(status->identities, std::vector<std::string>{"kernel." + kernel_->id().str() + ".status"});
        EXPECT_EQ(tests::parent_of(*status), "1");
    }
}

TEST_F(ZmqEndpointTest, AnswersWhoAsked) {
    const auto info = open();
    ZmqPeer one(info, Channel::shell, "one");
    ZmqPeer two(info, Channel::shell, "two\xFF\n");
    one.send(execute("1", "a"));
    ASSERT_TRUE(wait_for_request("1"));
    two.send(request(MsgType::kernel_info_request, "2"));
    const auto second = two.receive_message();
    ASSERT_TRUE(second);
    EXPECT_EQ(tests::parent_of(*second), "2");
    const auto kernel = host_.last();
    kernel->reply(kernel->request("1"));
    const auto first = one.receive_message();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->message.header.msg_type, MsgType::execute_reply);
    EXPECT_EQ(tests::parent_of(*first), "1");
}

TEST_F(ZmqEndpointTest, AsksForInputWhoeverRunsTheCell) {
    const auto info = open();
    ZmqPeer other(info, Channel::stdin_, "other");
    ZmqPeer shell(info, Channel::shell, "me");
    ZmqPeer input(info, Channel::stdin_, "me");
    input.send(ZmqPeer::Frames{"x"});
    ASSERT_TRUE(tests::eventually([&] { return refused("too_few_parts") == 1; }));  // it is connected now
    shell.send(execute("1", "input()"));
    const auto kernel = wait_for_request("1");
    ASSERT_TRUE(kernel);
    kernel->ask_input(kernel->request("1"), "? ");
    const auto asked = input.receive_message();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->message.header.msg_type, MsgType::input_request);
    EXPECT_EQ(tests::parent_of(*asked), "1");
    input.send(request(MsgType::input_reply, "2", {{"value", "yes"}}, Channel::stdin_));
    ASSERT_TRUE(wait_for_request("2"));
    kernel->reply(kernel->request("1"));
    EXPECT_TRUE(shell.receive_message(MsgType::execute_reply));
}

TEST_F(ZmqEndpointTest, EchoesHeartbeats) {
    const auto info = open();
    ZmqPeer peer(info, Channel::heartbeat);
    for (const ZmqPeer::Frames& beat : {ZmqPeer::Frames{"ping"}, ZmqPeer::Frames{"", std::string(100'000, 'x')}}) {
        peer.send(beat);
        EXPECT_EQ(peer.receive(), beat);
    }
}

TEST_F(ZmqEndpointTest, DropsWhatIsBadAndGoesOn) {
    const auto info = open();
    ZmqPeer peer(info, Channel::shell);
    const auto good = request(MsgType::kernel_info_request, "1");
    auto frames = peer.frames_of(good);
    frames[1] = std::string(64, '0');
    peer.send(frames);
    peer.send(ZmqPeer::Frames{"s3cret content"});
    peer.send(ZmqPeer::Frames(2000, "x"));
    peer.send(request(MsgType::status, "2"));
    peer.send(good);
    peer.send(good);
    ASSERT_TRUE(peer.receive_message(MsgType::kernel_info_reply));
    peer.send(request(MsgType::kernel_info_request, "3"));
    const auto reply = peer.receive_message();
    ASSERT_TRUE(reply);
    EXPECT_EQ(tests::parent_of(*reply), "3") << "the replayed one is not answered";
    EXPECT_EQ(refused("bad_signature"), 1U);
    EXPECT_EQ(refused("too_few_parts"), 1U);
    EXPECT_EQ(refused("too_many_parts"), 1U);
    EXPECT_EQ(refused("not_a_request"), 1U);
    EXPECT_EQ(refused("replayed"), 1U);
    close();
    EXPECT_NE(logged().find("message dropped: bad_signature"), std::string::npos) << logged();
    EXPECT_EQ(logged().find("s3cret"), std::string::npos);
    EXPECT_EQ(logged().find(info.key), std::string::npos);
}

TEST_F(ZmqEndpointTest, BadMessagesDoNotFillTheLog) {
    const auto info = open();
    ZmqPeer peer(info, Channel::control);
    for (int i = 0; i < 1000; ++i) peer.send(ZmqPeer::Frames{"x"});
    EXPECT_TRUE(tests::eventually([&] { return refused("too_few_parts") == 1000; }));
    close();
    std::size_t lines = 0;
    for (auto at = logged().find("dropped"); at != std::string::npos; at = logged().find("dropped", at + 1)) ++lines;
    EXPECT_EQ(lines, 10U) << "the 1st, 2nd, 4th, ... 512th";
}

TEST_F(ZmqEndpointTest, FramesOverTheLimitEndTheConnectionAndNoMore) {
    settings_.message_bytes_max = 10'000;
    const auto info = open();
    ZmqPeer hostile(info, Channel::shell);
    hostile.send(ZmqPeer::Frames{std::string(20'000, 'x')});
    ZmqPeer peer(info, Channel::shell);
    peer.send(request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(peer.receive_message(MsgType::kernel_info_reply));
}

TEST_F(ZmqEndpointTest, WithAnEmptyKeyNothingIsSigned) {
    ConnectionInfo wanted = new_connection();
    wanted.key.clear();
    const auto info = open(wanted).value();
    ZmqPeer peer(info, Channel::shell);
    peer.send(request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(peer.receive_message(MsgType::kernel_info_reply));
}

TEST_F(ZmqEndpointTest, ASubscriberThatReadsLateMissesNothingWithinItsBound) {
    constexpr int kOutputs = 20'000;
    const auto info = open();
    const auto iopub = subscriber(info);
    ZmqPeer shell(info, Channel::shell);
    shell.send(execute("1", "a"));
    const auto kernel = wait_for_request("1");
    ASSERT_TRUE(kernel);
    for (int i = 0; i < kOutputs; ++i) kernel->print(kernel->request("1"), std::to_string(i));
    kernel->reply(kernel->request("1"));
    ASSERT_TRUE(shell.receive_message(MsgType::execute_reply));
    for (int i = 0; i < kOutputs; ++i) {
        const auto output = iopub->receive_message(MsgType::stream);
        ASSERT_TRUE(output);
        ASSERT_EQ(nlohmann::json::parse(output->message.content_json)["text"], std::to_string(i));
    }
    const auto idle = iopub->receive_message();
    ASSERT_TRUE(idle);
    EXPECT_EQ(nlohmann::json::parse(idle->message.content_json)["execution_state"], "idle");
}

TEST_F(ZmqEndpointTest, TellsOfOutputsThatWereDropped) {
    settings_.outbox_bytes_max = 1;
    const auto info = open();
    const auto iopub = subscriber(info);
    ZmqPeer shell(info, Channel::shell);
    shell.send(execute("1", "a"));
    const auto kernel = wait_for_request("1");
    ASSERT_TRUE(kernel);
    std::latch at_work(1);
    tests::Gate go_on;
    asio::post(reactor_.executor(), [&] {
        at_work.count_down();
        go_on.pass();
    });
    at_work.wait();
    for (int i = 0; i < 10; ++i) kernel->print(kernel->request("1"), "x");
    kernel->reply(kernel->request("1"));
    go_on.open();
    ASSERT_TRUE(shell.receive_message(MsgType::execute_reply)) << "replies are not dropped";
    std::string told;
    while (told.empty()) {
        const auto output = iopub->receive_message(MsgType::stream);
        ASSERT_TRUE(output);
        const auto content = nlohmann::json::parse(output->message.content_json);
        if (content["name"] != "stderr") continue;
        told = content["text"];
        EXPECT_EQ(tests::parent_of(*output), "1");
    }
    ASSERT_NE(told.find(" outputs were dropped here"), std::string::npos) << told;
    const std::string number = told.substr(std::string("corncob: ").size());
    const auto notes = observer_.notes();
    const std::string counted = "lost alice outbox_bytes_max " + number.substr(0, number.find(' '));
    EXPECT_EQ(std::count(notes.begin(), notes.end(), counted), 1) << counted;
}

/// It has room for a few messages of its own, the socket's and the endpoint's; what is large soon fills them.
class SlowSubscriberTest : public ZmqEndpointTest {
 protected:
    static constexpr int kOutputs = 300;
    ConnectionInfo begin(std::chrono::milliseconds patience) {
        settings_.iopub_messages_max = 5;
        settings_.slow_client_timeout = patience;
        const auto info = open();
        slow_ = std::make_unique<ZmqPeer>(info, Channel::iopub, "", 5);
        slow_->subscribe("");
        EXPECT_TRUE(slow_->receive_message(MsgType::iopub_welcome));
        shell_ = std::make_unique<ZmqPeer>(info, Channel::shell);
        shell_->send(execute("1", "a"));
        const auto kernel = wait_for_request("1");
        for (int i = 0; i < kOutputs; ++i) kernel->print(kernel->request("1"), std::to_string(i) + large_);
        kernel->reply(kernel->request("1"));
        return info;
    }
    /// What is printed next, without what makes it large.
    std::string next_text() {
        const auto output = slow_->receive_message(MsgType::stream);
        EXPECT_TRUE(output);
        if (!output) return "";
        auto text = nlohmann::json::parse(output->message.content_json)["text"].get<std::string>();
        return text.substr(0, text.find_last_not_of('x') + 1);
    }
    const std::string large_ = std::string(200'000, 'x');
    std::unique_ptr<ZmqPeer> slow_;
    std::unique_ptr<ZmqPeer> shell_;
    int asked_ = 1;
};

TEST_F(SlowSubscriberTest, IsWaitedFor) {
    begin(std::chrono::hours(1));
    EXPECT_TRUE(shell_->receive_message(MsgType::execute_reply)) << "replies do not wait for subscribers";
    for (int i = 0; i < kOutputs; ++i) ASSERT_EQ(next_text(), std::to_string(i));
}

TEST_F(SlowSubscriberTest, IsToldWhatItHasMissed) {
    begin(std::chrono::milliseconds(0));
    EXPECT_TRUE(shell_->receive_message(MsgType::execute_reply));
    EXPECT_TRUE(tests::eventually([&] { return refused("iopub_messages_max") > 0; }));
    std::atomic<int> got{0};
    std::atomic<bool> told{false};
    std::thread reader([&] {
        while (!told) {
            const std::string text = next_text();
            if (text.empty()) return;
            told = text == "corncob: a client that read too slowly has missed messages before this one\n";
            if (!told) ++got;
        }
    });
    // It is told before something else is published.
    EXPECT_TRUE(tests::eventually([&] {
        shell_->send(request(MsgType::kernel_info_request, std::to_string(++asked_)));
        return shell_->receive_message(MsgType::kernel_info_reply) && told;
    }));
    reader.join();
    EXPECT_LT(got, kOutputs);
}

TEST_F(ZmqEndpointTest, TheKernelsEndClosesTheSockets) {
    bool asked = false;
    settings_.on_shutdown_request = [&](const auto&) { asked = true; };
    const auto info = open();
    const auto iopub = subscriber(info);
    ZmqPeer control(info, Channel::control);
    control.send(request(MsgType::shutdown_request, "1", {{"restart", false}}, Channel::control));
    ASSERT_TRUE(control.receive_message(MsgType::shutdown_reply));
    std::vector<MsgType> types;
    for (int i = 0; i < 3; ++i) {
        const auto message = iopub->receive_message();
        ASSERT_TRUE(message);
        types.push_back(message->message.header.msg_type);
        EXPECT_EQ(message->message.content_json.find("dead"), std::string::npos);
    }
    EXPECT_EQ(types, (std::vector{MsgType::status, MsgType::shutdown_reply, MsgType::status}));
    ASSERT_TRUE(closed_.wait_open());
    EXPECT_TRUE(asked);
    kernel_ = tenants_.of(protocol::TenantId("alice")).kernels().start({}).value();
    EXPECT_TRUE(tests::eventually([&] { return open(info).has_value(); })) << "the ports are free";
}

}  // namespace
}  // namespace corncob::server
