#include "tenants/kernel_thread.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tenants/kernel.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/tenants/hosted.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;
using testing_host::Hosted;
using testing_host::HostWithFake;
using Hold = tests::FakeInterpreter::Hold;
using Kind = tests::RecordingEvents::Kind;

std::size_t ends(const Hosted& kernel) {
    std::size_t count = 0;
    for (const auto& event : kernel.events->all()) count += event.kind == Kind::ended ? 1 : 0;
    return count;
}

TEST(KernelThread, LanguageRequestsBeforeReadyWaitForIt) {
    HostWithFake fake(Hold::start);
    Hosted kernel(*fake.host);
    kernel.complete("early");
    ASSERT_TRUE(fake.interpreter.start.wait_arrived()) << "completion starts the kernel";
    EXPECT_TRUE(kernel.events->all().empty());
    fake.interpreter.start.open();
    EXPECT_EQ(kernel.status("early"), "ok");
    kernel.complete("later");
    EXPECT_EQ(kernel.status("later"), "ok");
}

TEST(KernelThread, PreparedItIsReadyBeforeItsFirstRequest) {
    HostWithFake fake(Hold::nothing, tests::kDeadline, 1);
    ASSERT_TRUE(tests::eventually([&] { return fake.host->has_spare(); }));
    Hosted kernel(*fake.host);
    EXPECT_TRUE(kernel.handle->prepare());
    EXPECT_TRUE(tests::eventually([&] { return kernel.events->readies() == 1U; }));
    EXPECT_EQ(fake.host->threads(), 1U);
    kernel.run("1", "echo x");
    EXPECT_EQ(kernel.status("1"), "ok");
    EXPECT_EQ(fake.host->threads(), 1U);
    EXPECT_EQ(kernel.events->readies(), 1U);
}

TEST(KernelThread, WithoutASpareItIsNotPrepared) {
    HostWithFake fake;
    EXPECT_FALSE(fake.host->has_spare());
    Hosted kernel(*fake.host);
    EXPECT_FALSE(kernel.handle->prepare());
    EXPECT_EQ(fake.host->threads(), 0U);
    kernel.run("1", "echo x");
    EXPECT_EQ(kernel.status("1"), "ok");
}

TEST(KernelThread, AnIdleOneEndsWithoutAnInterrupt) {
    HostWithFake fake(Hold::idle);
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    ASSERT_TRUE(fake.interpreter.idle.wait_arrived()) << "it is awake, and has yet to get its turn";
    kernel.handle->stop();
    EXPECT_EQ(fake.interpreter.interrupts(), 0U);
    fake.interpreter.idle.open();
    ASSERT_TRUE(kernel.events->wait_ended());
    EXPECT_TRUE(fake.no_threads_left());
}

TEST(KernelThread, PreparedAndNeverUsedItEnds) {
    HostWithFake fake(Hold::nothing, tests::kDeadline, 1);
    ASSERT_TRUE(tests::eventually([&] { return fake.host->has_spare(); }));
    Hosted kernel(*fake.host);
    kernel.handle->prepare();
    kernel.handle->stop();
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::stopped);
    EXPECT_TRUE(fake.no_threads_left());
    EXPECT_FALSE(kernel.handle->prepare()) << "it has ended";
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(KernelThread, ThatItsShellIsThereIsToldOnceAndBeforeACellRuns) {
    HostWithFake fake(Hold::start);
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    ASSERT_TRUE(fake.interpreter.start.wait_arrived());
    EXPECT_EQ(kernel.events->readies(), 0U);
    fake.interpreter.start.open();
    EXPECT_EQ(kernel.status("1"), "ok");
    EXPECT_EQ(kernel.events->readies(), 1U);
    kernel.run("2", "echo x");
    EXPECT_EQ(kernel.status("2"), "ok");
    EXPECT_EQ(kernel.events->readies(), 1U);
}

TEST(KernelThread, AShellThatComesAfterTheEndIsNotTold) {
    HostWithFake fake(Hold::start, std::chrono::milliseconds(1));
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    ASSERT_TRUE(fake.interpreter.start.wait_arrived());
    kernel.handle->stop();
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::disowned);
    fake.interpreter.start.open();
    EXPECT_TRUE(fake.no_threads_left());
    EXPECT_EQ(kernel.events->readies(), 0U);
}

TEST(KernelThread, LanguageRequestsAreAnsweredBesideARunningCell) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("cell", "block");
    ASSERT_TRUE(kernel.wait_blocked("cell"));
    kernel.complete("c");
    EXPECT_EQ(kernel.status("c"), "ok");
    kernel.handle->interrupt();
    EXPECT_EQ(kernel.status("cell"), "error");
}

TEST(KernelThread, WhatRunsBesideDoesNotWaitForTheRunningCell) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("cell", "block");
    ASSERT_TRUE(kernel.wait_blocked("cell"));
    Request beside{tests::execute("beside", "# thread"), {}};
    beside.run_mode = RunMode::thread;
    kernel.handle->submit(std::make_shared<const Request>(std::move(beside)));
    auto comm = tests::request(protocol::MsgType::comm_msg, "comm");
    comm.header.subshell_id = protocol::SubshellId("s");
    kernel.send(std::move(comm));
    const std::deque<std::string> both{"beside", "comm"};
    EXPECT_TRUE(tests::eventually([&] { return fake.interpreter.answered() == both; }));
    kernel.handle->interrupt();
    EXPECT_EQ(kernel.status("cell"), "error");
}

TEST(KernelThread, TooManyEarlyLanguageRequestsAreRefused) {
    HostWithFake fake(Hold::start);
    Hosted kernel(*fake.host);
    for (std::size_t i = 0; i < kLanguageRequestsMax; ++i) kernel.complete("waits");
    kernel.complete("refused");
    const auto reply = kernel.events->wait_reply("refused");
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->failed);
    EXPECT_EQ(reply->content["ename"], "QueueFull");
    fake.interpreter.start.open();
    EXPECT_EQ(kernel.status("waits"), "ok");
}

TEST(KernelThread, AnInterruptReachesTheCellAndNotTheNextOne) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    for (int round = 0; round < 100; ++round) {
        const std::string id = std::to_string(round);
        kernel.run(id, "block");
        ASSERT_TRUE(kernel.wait_blocked(id));
        kernel.handle->interrupt();
        const auto reply = kernel.events->wait_reply(id);
        ASSERT_TRUE(reply);
        ASSERT_EQ(reply->content["ename"], "KeyboardInterrupt");
        kernel.run(id + "b", "echo x");
        ASSERT_EQ(kernel.status(id + "b"), "ok");
    }
}

TEST(KernelThread, AnIdleKernelIsNotInterrupted) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    kernel.status("1");
    kernel.handle->interrupt();
    EXPECT_EQ(fake.interpreter.interrupts(), 0U);
}

TEST(KernelThread, InputIsAskedAndAnswered) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "input");
    ASSERT_TRUE(kernel.events->wait_for([](const auto& event) { return event.kind == Kind::input_request; }));
    kernel.send(tests::request(MsgType::input_reply, "i", {{"value", "ada"}}, protocol::Channel::stdin_));
    EXPECT_EQ(kernel.status("1"), "ok");
    EXPECT_EQ(kernel.events->text("1"), "ada");
}

TEST(KernelThread, StopEndsAWaitForInput) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "input");
    ASSERT_TRUE(kernel.events->wait_for([](const auto& event) { return event.kind == Kind::input_request; }));
    kernel.handle->stop();
    EXPECT_TRUE(kernel.events->wait_ended());
}

TEST(KernelThread, TheCellsReplyComesBeforeTheEndItAskedFor) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "exit");
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::exited);
    EXPECT_EQ(ended->detail, "the cell asked to exit");
    const auto all = kernel.events->all();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].kind, Kind::reply);
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(KernelThread, ACrashIsTold) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "crash");
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::crashed);
    EXPECT_EQ(ended->detail, "the cell crashed");
}

TEST(KernelThread, EndsOnceHoweverOftenItIsStopped) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "exit");
    kernel.handle->stop();
    kernel.handle->stop();
    ASSERT_TRUE(kernel.events->wait_ended());
    kernel.handle->stop();
    kernel.run("2", "echo x");
    kernel.handle.reset();
    fake.host.reset();
    EXPECT_EQ(ends(kernel), 1U);
    EXPECT_EQ(kernel.events->all().back().kind, Kind::ended) << "the last call";
}

/// With a Kernel on top: what a client sees.
class KernelOnThreadTest : public testing::Test {
 protected:
    void TearDown() override {
        fake_.interpreter.start.open();
        tests::Gate done;
        kernel_->shutdown([&done] { done.open(); });
        EXPECT_TRUE(done.wait_open());
    }
    HostWithFake fake_{Hold::start};
    SystemClock clock_;
    Observer observer_;
    std::shared_ptr<tests::RecordingSink> sink_ = std::make_shared<tests::RecordingSink>();
    std::shared_ptr<Kernel> kernel_ = std::make_shared<Kernel>(
        KernelIdentity{protocol::TenantId("t"), protocol::KernelId("k"), Kernelspec{"python3", "", {}, "", {}}, {}, {}},
        KernelSurroundings{*fake_.host, clock_, observer_, 10}, QuotaUnit());
};

TEST_F(KernelOnThreadTest, AFullMailboxIsAnErrorReplyToTheClient) {
    kernel_->subscribe(sink_);
    for (std::size_t i = 0; i < kMailboxMessagesMax; ++i) {
        ASSERT_TRUE(kernel_->submit(tests::request(MsgType::comm_msg, "comm"), nullptr));
    }
    ASSERT_TRUE(kernel_->submit(tests::execute("cell", "echo x"), sink_));
    const auto refused = sink_->wait_for(MsgType::execute_reply, "cell");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->content["status"], "error");
    EXPECT_EQ(refused->content["ename"], "QueueFull");
    EXPECT_TRUE(sink_->wait_idle("cell"));
    fake_.interpreter.start.open();
    int attempts = 0;
    ASSERT_TRUE(tests::eventually([&] {
        const std::string id = "next-" + std::to_string(++attempts);
        EXPECT_TRUE(kernel_->submit(tests::execute(id, "echo x"), sink_));
        const auto reply = sink_->wait_for(MsgType::execute_reply, id);
        return reply && reply->content["status"] == "ok";
    }));
}

TEST_F(KernelOnThreadTest, ShutdownOfARunningCellAbortsItAndLeavesNoThread) {
    fake_.interpreter.start.open();
    kernel_->subscribe(sink_);
    ASSERT_TRUE(kernel_->submit(tests::execute("cell", "block"), sink_));
    ASSERT_TRUE(sink_->wait_for(MsgType::execute_input, "cell"));
    tests::Gate done;
    kernel_->shutdown([&done] { done.open(); });
    ASSERT_TRUE(done.wait_open());
    EXPECT_EQ(fake_.host->threads(), 0U);
    EXPECT_TRUE(sink_->ended());
    EXPECT_EQ(sink_->wait_for(MsgType::execute_reply, "cell")->content["status"], "error");
}

}  // namespace
}  // namespace corncob::tenants
