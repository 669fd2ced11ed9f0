#include "tenants/session_kernels.hpp"

#include <algorithm>

#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;

/// Through the kernel of mode multi that has them.
class SessionKernelsTest : public TenantFixture {
 protected:
    void SetUp() override {
        auto started = kernels_.start({.name = "python3-multi"});
        ASSERT_TRUE(started);
        multi_ = *started;
        multi_->subscribe(client_, {"ann", "a"});
    }
    void TearDown() override {
        multi_->shutdown(count_done());
        host_.end_stopped();
        EXPECT_EQ(done_, 1);
        EXPECT_TRUE(kernels_.list().empty());
        EXPECT_EQ(limit_.used(), 0U);
        EXPECT_EQ(multi_.use_count(), 1) << "nobody holds an ended kernel";
    }
    static protocol::Message of(const std::string& session, protocol::Message message) {
        message.header.session = protocol::ClientSessionId(session);
        message.header_json = protocol::header_json(message.header);
        return message;
    }
    void send(const std::string& session, protocol::Message message, const std::shared_ptr<MessageSink>& from) {
        ASSERT_TRUE(multi_->submit(of(session, std::move(message)), from));
    }
    void run(const std::string& session, const std::string& id, const std::shared_ptr<MessageSink>& from) {
        send(session, tests::execute(id, "code"), from);
    }
    std::shared_ptr<tests::FakeHostKernel> python_of(const std::string& id) {
        for (const auto& each : host_.started()) {
            if (each->request(id)) return each;
        }
        ADD_FAILURE() << id << " is at no host";
        return nullptr;
    }
    void finish(const std::string& id) {
        const auto python = python_of(id);
        if (python) python->reply(python->request(id));
    }
    static std::vector<std::string> parents(const tests::RecordingSink& sink) {
        std::vector<std::string> parents;
        for (const auto& each : sink.seen()) parents.push_back(each.parent_msg_id);
        return parents;
    }
    static bool heard(const tests::RecordingSink& sink, const std::string& parent) {
        const auto all = parents(sink);
        return std::find(all.begin(), all.end(), parent) != all.end();
    }
    std::size_t sessions() const { return multi_->sessions()->living().size(); }

    static constexpr std::size_t kKernelsMax = 4;
    Limit limit_{"kernels_max", kKernelsMax};
    KernelRegistry kernels_{protocol::TenantId("ada"), kernelspecs_, {host_, clock_, observer_, 10, 1U << 20U}, limit_};
    std::shared_ptr<Kernel> multi_;
    std::shared_ptr<tests::RecordingSink> other_ = std::make_shared<tests::RecordingSink>();
};

TEST_F(SessionKernelsTest, EverySessionHasAKernelOfItsOwn) {
    run("a", "1", client_);
    run("b", "2", other_);
    EXPECT_NE(python_of("1"), python_of("2")) << "and neither waits for the other";
    finish("1");
    run("a", "3", other_);
    EXPECT_EQ(python_of("3"), python_of("1")) << "a session is shared by its clients";
    EXPECT_EQ(sessions(), 2U);
    EXPECT_EQ(kernels_.list().size(), 3U);
    EXPECT_EQ(multi_->model().execution_state, "busy");
    EXPECT_TRUE(multi_->busy());
}

TEST_F(SessionKernelsTest, AClientHearsItsOwnSessionAndThoseItSpeaksFor) {
    multi_->subscribe(other_, {"bob", "b"});
    run("a", "1", client_);
    run("b", "2", other_);
    run("c", "3", other_);
    for (const char* id : {"1", "2", "3"}) finish(id);
    EXPECT_TRUE(heard(*client_, "1"));
    EXPECT_FALSE(heard(*client_, "2"));
    EXPECT_FALSE(heard(*client_, "3"));
    EXPECT_FALSE(heard(*other_, "1"));
    EXPECT_TRUE(heard(*other_, "2"));
    EXPECT_TRUE(heard(*other_, "3"));
    EXPECT_EQ(multi_->model().connections, 2U);
}

TEST_F(SessionKernelsTest, AClientOfASessionGetsWhatItMissed) {
    run("a", "1", client_);
    client_->confirms_up_to = 0;
    multi_->unsubscribe(client_.get());
    finish("1");
    const auto back = std::make_shared<tests::RecordingSink>();
    multi_->subscribe(back, {"ann", "a"});
    EXPECT_TRUE(back->wait_for(MsgType::execute_reply, "1"));
}

TEST_F(SessionKernelsTest, InterruptAndEndAreOfOneSession) {
    run("a", "1", client_);
    run("b", "2", other_);
    send("b", tests::request(MsgType::interrupt_request, "i", {}, protocol::Channel::control), other_);
    EXPECT_EQ(python_of("1")->interrupts(), 0U);
    EXPECT_EQ(python_of("2")->interrupts(), 1U);
    send("b", tests::request(MsgType::shutdown_request, "s", {{"restart", false}}, protocol::Channel::control), other_);
    EXPECT_TRUE(python_of("2")->stopped());
    EXPECT_FALSE(python_of("1")->stopped());
    EXPECT_FALSE(other_->ended());
    run("b", "3", other_);
    EXPECT_NE(python_of("3"), python_of("2")) << "the session begins anew when it is asked again";
    EXPECT_TRUE(multi_->lives_on_without(protocol::ClientSessionId("a")));
}

TEST_F(SessionKernelsTest, WhatTheKernelIsToldAllOfThemAre) {
    run("a", "1", client_);
    run("b", "2", other_);
    multi_->interrupt();
    EXPECT_EQ(python_of("1")->interrupts() + python_of("2")->interrupts(), 2U);
    multi_->restart(count_done());
    EXPECT_TRUE(python_of("1")->stopped() && python_of("2")->stopped());
    EXPECT_EQ(done_, 0);
    host_.end_stopped();
    EXPECT_EQ(std::exchange(done_, 0), 1);
    EXPECT_EQ(sessions(), 2U);
}

TEST_F(SessionKernelsTest, ASessionTooManyIsRefusedInWords) {
    for (const char* session : {"a", "b", "c"}) run(session, session, other_);
    run("d", "x", client_);
    const auto refused = client_->wait_for(MsgType::execute_reply, "x");
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->content["evalue"].get<std::string>().find("kernels_max"), std::string::npos);
    EXPECT_EQ(parents(*client_), (std::vector<std::string>{"a", "x", "x", "x"}));
    run(std::string(kSessionBytesMax + 1, 'x'), "y", other_);
    EXPECT_EQ(other_->wait_for(MsgType::execute_reply, "y")->content["evalue"],
              "header.session has more than 128 bytes");
    EXPECT_FALSE(multi_->submit(of("d", tests::request(MsgType::comm_msg, "z")), other_));
}

TEST_F(SessionKernelsTest, AnAnswerMakesNoSession) {
    EXPECT_FALSE(multi_->submit(of("b", tests::request(MsgType::input_reply, "1")), other_));
    EXPECT_EQ(sessions(), 0U);
}

TEST_F(SessionKernelsTest, KnowsWhoIsIdle) {
    run("a", "1", client_);
    send("b", tests::request(MsgType::kernel_info_request, "2"), other_);
    clock_.advance(std::chrono::seconds(100));
    const auto idle = multi_->sessions()->idle_for(std::chrono::seconds(100));
    ASSERT_EQ(idle.size(), 1U) << "what runs a cell is not idle";
    EXPECT_EQ(idle[0].session, "b");
    EXPECT_TRUE(multi_->sessions()->idle_for(std::chrono::seconds(101)).empty());
}

TEST_F(SessionKernelsTest, OneMayListenToAll) {
    std::map<std::string, std::shared_ptr<tests::RecordingSink>> heard_of;
    multi_->sessions()->listen_to_all(
        [&](const std::string& session) { return heard_of[session] = std::make_shared<tests::RecordingSink>(); });
    run("a", "1", client_);
    run("b", "2", other_);
    EXPECT_TRUE(heard(*heard_of.at("a"), "1"));
    EXPECT_TRUE(heard(*heard_of.at("b"), "2"));
    EXPECT_FALSE(heard(*heard_of.at("b"), "1"));
    multi_->sessions()->listen_to_all({});
    finish("1");
    EXPECT_FALSE(heard_of.at("a")->wait_for([](const auto& each) { return each.type == MsgType::execute_reply; },
                                            std::chrono::milliseconds(0)));
}

TEST_F(SessionKernelsTest, AfterItsEndNoneBegins) {
    multi_->sessions()->end();
    run("a", "1", client_);
    EXPECT_EQ(client_->wait_for(MsgType::execute_reply, "1")->content["status"], "error");
}

}  // namespace
}  // namespace corncob::tenants
