#include "tenants/kernel.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/tenants/kernel_fixture.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;
using namespace std::chrono_literals;

class KernelTest : public KernelFixture {};

TEST_F(KernelTest, ACellIsBusyThenItsOutputsThenTheReplyThenIdle) {
    run("a");
    const auto cell = request("a");
    python()->print(cell, "hello");
    python()->output(cell, MsgType::execute_result, {{"data", {{"text/plain", "2"}}}});
    python()->reply(cell);
    EXPECT_EQ(story(), (Story{"busy a", "stream a", "execute_result a", "execute_reply a ok", "idle a"}));
}

TEST_F(KernelTest, TheParentIsTheRequestsHeaderByteForByte) {
    struct Keeper final : MessageSink {
        void deliver(protocol::wire::SharedMessage message) override { last = std::move(message); }
        std::uint64_t confirmed() override { return 0; }
        void kernel_ended() override {}
        protocol::wire::SharedMessage last;
    };
    const auto keeper = std::make_shared<Keeper>();
    auto message = tests::request(MsgType::kernel_info_request, "a");
    message.header_json = R"({ "msg_id":"a", "session":"client", "msg_type":"kernel_info_request", "odd": 1.50 })";
    ASSERT_TRUE(kernel_->submit(message, keeper));
    ASSERT_TRUE(keeper->last);
    EXPECT_EQ(keeper->last->message().parent_header_json, message.header_json);
}

TEST_F(KernelTest, CountsCellsAndMessages) {
    run("a");
    run("b");
    run("c");
    const auto running = kernel_->figures();
    EXPECT_TRUE(running.busy && !running.modes.concurrent);
    EXPECT_EQ(running.cells_running, 1U);
    EXPECT_EQ(running.cells_waiting, 2U);
    EXPECT_EQ(running.messages_received, 3U);
    EXPECT_EQ(running.messages_sent, 1U) << "busy";
    python()->print(request("a"), "hello");
    python()->reply(request("a"));
    python()->fail(request("b"), true);
    const auto over = kernel_->figures();
    EXPECT_FALSE(over.busy);
    EXPECT_EQ(over.cells_done, 2U);
    EXPECT_EQ(over.cells_failed, 1U);
    EXPECT_EQ(over.cells_waiting, 0U) << "the third one was aborted, and is not counted";
    EXPECT_EQ(over.messages_sent, client_->seen().size());
    kernel_->restart([] {});
    host_.end_stopped();
    EXPECT_EQ(kernel_->figures().cells_done, 2U);
    EXPECT_EQ(counts_.cells, 2U);
    EXPECT_EQ(counts_.messages, kernel_->figures().messages_received + kernel_->figures().messages_sent);
}

TEST_F(KernelTest, TheHostGetsWhatTheKernelIsMadeOf) {
    EXPECT_FALSE(python()) << "no Python before a request needs it";
    run("a");
    EXPECT_EQ(python()->settings.kernel_id.str(), "k");
    EXPECT_EQ(python()->settings.spec.name, "python3");
    EXPECT_EQ(python()->settings.env.at("KEY"), "value");
    EXPECT_EQ(python()->settings.working_dir, "/tmp");
}

TEST_F(KernelTest, TheHostCanAskWhereTheSocketsAre) {
    run("a");
    const auto ask = python()->settings.ask_connection;
    std::string told;
    const auto note = [&](std::string answer) { told = std::move(answer); };
    ask(note);
    EXPECT_EQ(told, "sockets of k");
}

TEST_F(KernelTest, ARequestGetsOneReplyHoweverOftenTheHostAnswers) {
    run("a");
    run("b");
    const auto first = request("a");
    python()->reply(first);
    python()->reply(first);
    python()->reply(first);
    EXPECT_EQ(story(), (Story{"busy a", "execute_reply a ok", "idle a", "busy b"}));
}

TEST_F(KernelTest, InfoAndCommsAreAnsweredWithoutTheHost) {
    run("cell");
    send(tests::request(MsgType::kernel_info_request, "info"));
    send(tests::request(MsgType::comm_info_request, "comms"));
    send(tests::request(MsgType::connect_request, "connect"));
    EXPECT_EQ(reply_to("info")["implementation"], "corncob");
    EXPECT_EQ(reply_to("comms")["comms"], nlohmann::json::object());
    EXPECT_EQ(reply_to("connect")["status"], "ok");
    EXPECT_EQ(python()->submitted().size(), 1U);
    EXPECT_EQ(story(), (Story{"busy cell", "busy info", "kernel_info_reply info ok", "idle info", "busy comms",
                              "comm_info_reply comms ok", "idle comms", "busy connect", "connect_reply connect ok",
                              "idle connect"}));
}

TEST_F(KernelTest, InfoDoesNotStartPython) {
    send(tests::request(MsgType::kernel_info_request, "info"));
    EXPECT_TRUE(host_.started().empty());
}

TEST_F(KernelTest, LanguageRequestsGoBesideTheRunningCell) {
    run("cell");
    for (const MsgType type : {MsgType::complete_request, MsgType::inspect_request, MsgType::is_complete_request,
                               MsgType::history_request}) {
        const std::string id(wire_name(type));
        send(tests::request(type, id));
        python()->reply(request(id));
        EXPECT_EQ(reply_to(id)["status"], "ok");
    }
    EXPECT_TRUE(kernel_->busy());
}

TEST_F(KernelTest, AReplyGoesOnTheChannelOfItsRequest) {
    send(tests::request(MsgType::kernel_info_request, "shell"));
    send(tests::request(MsgType::kernel_info_request, "control", {}, Channel::control));
    EXPECT_EQ(client_->wait_for(MsgType::kernel_info_reply, "shell")->channel, Channel::shell);
    EXPECT_EQ(client_->wait_for(MsgType::kernel_info_reply, "control")->channel, Channel::control);
}

TEST_F(KernelTest, RepliesGoToTheAskerAloneAndIopubToAll) {
    const auto other = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(other);
    run("a");
    python()->print(request("a"), "x");
    python()->reply(request("a"));
    EXPECT_EQ(story(), (Story{"busy a", "stream a", "execute_reply a ok", "idle a"}));
    EXPECT_EQ(story(*other), (Story{"busy a", "stream a", "idle a"}));
    kernel_->unsubscribe(other.get());
    send(tests::request(MsgType::kernel_info_request, "b"));
    EXPECT_EQ(other->seen().size(), 3U);
}

TEST_F(KernelTest, AnAskerThatIsGoneHurtsNobody) {
    auto leaver = std::make_shared<tests::RecordingSink>();
    ASSERT_TRUE(kernel_->submit(tests::execute("a", ""), leaver));
    leaver.reset();
    python()->ask_input(request("a"), "?");
    python()->reply(request("a"));
    EXPECT_EQ(story(), (Story{"busy a", "idle a"}));
}

TEST_F(KernelTest, AllSubscribersSeeOneOrder) {
    const auto other = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(other);
    run("a");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([this, t] {
                for (int i = 0; i < 100; ++i) {
                    if (t == 0) {
                        EXPECT_TRUE(
                            kernel_->submit(tests::request(MsgType::kernel_info_request, std::to_string(i)), client_));
                    } else {
                        python()->print(request("a"), std::to_string(t));
                    }
                }
            });
        }
    }
    const auto iopub_of = [](const tests::RecordingSink& sink) {
        std::vector<std::string> ids;
        for (const auto& each : sink.seen()) {
            if (each.channel == Channel::iopub) ids.push_back(each.msg_id);
        }
        return ids;
    };
    EXPECT_EQ(iopub_of(*client_), iopub_of(*other));
    EXPECT_EQ(iopub_of(*other).size(), 501U);
    python()->reply(request("a"));
}

TEST_F(KernelTest, OnlyTheAskingClientIsAskedForInput) {
    const auto other = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(other);
    run("a");
    python()->ask_input(request("a"), "who? ");
    const auto asked = client_->wait_for(MsgType::input_request, "a");
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->channel, Channel::stdin_);
    EXPECT_EQ(asked->content["prompt"], "who? ");
    EXPECT_EQ(story(*other), Story{"busy a"});
    send(tests::request(MsgType::input_reply, "i", {{"value", "ada"}}, Channel::stdin_));
    EXPECT_TRUE(at_host("i"));
    python()->ask_input(nullptr, "nobody's");
    EXPECT_EQ(story(), (Story{"busy a", "input_request a"})) << "an input_reply is no request";
}

TEST_F(KernelTest, OnlyAnAnswerToWhatIsAskedIsTaken) {
    const auto other = std::make_shared<tests::RecordingSink>();
    const auto answer = [&](const std::string& id, const std::string& session, const std::string& parent) {
        protocol::Message message = tests::request(MsgType::input_reply, id, {{"value", id}}, Channel::stdin_);
        message.header.session = protocol::ClientSessionId(session);
        if (!parent.empty()) message.parent_header_json = tests::request(MsgType::input_request, parent).header_json;
        EXPECT_TRUE(kernel_->submit(std::move(message), session == "other" ? other : client_));
        return at_host(id);
    };
    run("a");
    EXPECT_FALSE(answer("too early", "client", ""));
    python()->ask_input(request("a"), "1");
    const auto first = client_->wait_for(MsgType::input_request, "a");
    ASSERT_TRUE(first);
    EXPECT_FALSE(answer("another's", "other", first->msg_id));
    EXPECT_TRUE(answer("one", "client", first->msg_id));
    EXPECT_FALSE(answer("one again", "client", first->msg_id));
    EXPECT_FALSE(answer("one more", "client", ""));
    python()->ask_input(request("a"), "2");
    EXPECT_FALSE(answer("stale", "client", first->msg_id));
    EXPECT_TRUE(answer("by the cell", "client", "a"));
    python()->ask_input(request("a"), "3");
    EXPECT_TRUE(answer("nameless", "client", ""));
    python()->ask_input(request("a"), "4");
    EXPECT_TRUE(answer("of the page, loaded anew", "its new session", "a"));
    python()->ask_input(request("a"), "5");
    kernel_->restart([] {});
    EXPECT_FALSE(answer("after the restart", "client", ""));
}

TEST_F(KernelTest, CommsAreKnownFromBothSides) {
    const auto comms = [this](const std::string& id) {
        send(tests::request(MsgType::comm_info_request, id));
        return reply_to(id)["comms"].size();
    };
    send(tests::request(MsgType::comm_open, "o", {{"comm_id", "1"}, {"target_name", "t"}}));
    python()->reply(request("o"), nlohmann::json::object());
    EXPECT_EQ(comms("c1"), 1U);
    python()->output(request("o"), MsgType::comm_open, {{"comm_id", "2"}, {"target_name", "t"}});
    EXPECT_EQ(comms("c2"), 2U);
    python()->output(request("o"), MsgType::comm_close, {{"comm_id", "1"}});
    EXPECT_EQ(comms("c3"), 1U);
    const Story all = story();
    EXPECT_EQ((Story{all.begin(), all.begin() + 2}), (Story{"busy o", "idle o"})) << "comm_open has no reply";
}

TEST_F(KernelTest, OutputWithoutAParentIsPublished) {
    run("a");
    python()->print(nullptr, "x");
    EXPECT_EQ(story(), (Story{"busy a", "stream"}));
    python()->reply(request("a"));
}

TEST_F(KernelTest, WhatNoClientMaySendIsRefused) {
    for (const MsgType type : {MsgType::status, MsgType::stream, MsgType::execute_reply, MsgType::input_request}) {
        const auto result = kernel_->submit(tests::request(type, "x"), client_);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Errc::not_a_request);
        EXPECT_NE(result.error().detail.find(wire_name(type)), std::string::npos);
    }
    EXPECT_TRUE(story().empty());
    EXPECT_TRUE(host_.started().empty());
}

TEST_F(KernelTest, WhatIsNotSupportedGetsAnErrorReply) {
    for (const MsgType type : {MsgType::debug_request, MsgType::usage_request}) {
        const std::string id(wire_name(type));
        send(tests::request(type, id, {}, Channel::control));
        EXPECT_EQ(reply_to(id)["ename"], "NotImplementedError") << id;
    }
}

TEST_F(KernelTest, ModelTellsStateConnectionsAndActivity) {
    auto model = kernel_->model();
    EXPECT_EQ(model.id.str(), "k");
    EXPECT_EQ(model.name, "python3");
    EXPECT_EQ(model.execution_state, "idle");
    EXPECT_EQ(model.connections, 1U);
    EXPECT_EQ(model.last_activity, clock_.system_now());
    clock_.advance(5s);
    EXPECT_NE(kernel_->model().last_activity, clock_.system_now()) << "looking is no activity";
    run("a");
    EXPECT_EQ(kernel_->model().execution_state, "busy");
    EXPECT_EQ(kernel_->model().last_activity, clock_.system_now());
    clock_.advance(5s);
    python()->reply(request("a"));
    EXPECT_EQ(kernel_->model().execution_state, "idle");
    EXPECT_EQ(kernel_->model().last_activity, clock_.system_now());
    kernel_->unsubscribe(client_.get());
    EXPECT_EQ(kernel_->model().connections, 0U);
}

}  // namespace
}  // namespace corncob::tenants
