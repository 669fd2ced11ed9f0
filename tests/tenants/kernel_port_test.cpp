#include "tenants/kernel_port.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <future>
#include <string>

#include "tests/fakes/recording_events.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using namespace std::chrono_literals;
using protocol::MsgType;
using tests::RecordingEvents;

SharedRequest shared(protocol::Message message) {
    return std::make_shared<const Request>(Request{std::move(message), {}});
}

class KernelPortTest : public testing::Test {
 protected:
    bool post_cell(const std::string& id) { return port_.post(shared(tests::execute(id, ""))); }
    bool readable() {
        pollfd wanted{port_.wake_fd(), POLLIN, 0};
        return ::poll(&wanted, 1, 0) == 1;
    }
    /// Waits in take() on a thread of its own, as a kernel does.
    std::future<KernelPort::Mail> taking() {
        return std::async(std::launch::async, [this] { return port_.take(tests::kDeadline); });
    }

    Housekeeper keeper_;
    std::shared_ptr<RecordingEvents> events_ = std::make_shared<RecordingEvents>();
    KernelPort port_{{}, std::make_shared<OutputBuffer>(events_, keeper_)};
};

TEST_F(KernelPortTest, MailArrivesInOrderAndOnce) {
    post_cell("a");
    port_.post(shared(tests::request(MsgType::comm_msg, "b")));
    const auto mail = port_.take(0ns);
    ASSERT_EQ(mail.requests.size(), 2U);
    EXPECT_EQ(mail.requests[0]->message.header.msg_id.str(), "a");
    EXPECT_EQ(mail.requests[1]->message.header.msg_id.str(), "b");
    EXPECT_FALSE(mail.attention || mail.woken);
    EXPECT_TRUE(port_.take(0ns).requests.empty());
}

TEST_F(KernelPortTest, TakeWaitsNoLongerThanItsTimeout) {
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_TRUE(port_.take(20ms).requests.empty());
    EXPECT_GE(std::chrono::steady_clock::now() - asked, 20ms);
}

TEST_F(KernelPortTest, EverythingThatHappensEndsTheWait) {
    auto mail = taking();
    post_cell("a");
    EXPECT_EQ(mail.get().requests.size(), 1U);
    mail = taking();
    port_.wake();
    EXPECT_TRUE(mail.get().woken);
    mail = taking();
    ASSERT_TRUE(port_.request_interrupt());
    EXPECT_TRUE(mail.get().attention);
    ASSERT_TRUE(port_.take_interrupt());
    mail = taking();
    port_.close();
    EXPECT_TRUE(mail.get().attention);
}

TEST_F(KernelPortTest, AWakeIsForgottenOnceItWasTaken) {
    port_.wake();
    port_.wake();
    EXPECT_TRUE(port_.take(0ns).woken);
    EXPECT_FALSE(port_.take(0ns).woken);
}

TEST_F(KernelPortTest, AFullMailboxRefuses) {
    const SharedRequest request = shared(tests::request(MsgType::complete_request, "c"));
    for (std::size_t i = 0; i < kMailboxMessagesMax; ++i) ASSERT_TRUE(port_.post(request));
    EXPECT_FALSE(port_.post(request));
    EXPECT_FALSE(post_cell("refused"));
    EXPECT_FALSE(port_.request_interrupt()) << "a refused cell is not in flight";
    EXPECT_EQ(port_.take(0ns).requests.size(), kMailboxMessagesMax);
    EXPECT_TRUE(port_.post(request));
}

TEST_F(KernelPortTest, AClosedMailboxRefuses) {
    port_.close();
    EXPECT_TRUE(port_.closed());
    EXPECT_FALSE(post_cell("a"));
    EXPECT_TRUE(port_.take(std::nullopt).requests.empty());  // and does not wait
}

TEST_F(KernelPortTest, TheDescriptorIsReadableWhenTakeWouldNotWait) {
    EXPECT_FALSE(readable());
    post_cell("a");
    EXPECT_TRUE(readable());
    port_.take(0ns);
    EXPECT_FALSE(readable());
    port_.wake();
    EXPECT_TRUE(readable());
    port_.take(0ns);
    port_.request_interrupt();
    EXPECT_TRUE(readable());
    port_.take_interrupt();
    port_.take(0ns);
    port_.close();
    EXPECT_TRUE(readable());
}

TEST_F(KernelPortTest, TheDescriptorMadeLateKnowsWhatIsThere) {
    post_cell("a");
    EXPECT_TRUE(readable());
}

TEST_F(KernelPortTest, TheDescriptorMadeAfterAnInterruptIsReadable) {
    post_cell("a");
    port_.take(0ns);
    port_.request_interrupt();
    EXPECT_TRUE(readable());
}

TEST_F(KernelPortTest, TheDescriptorMadeAfterTheEndIsReadable) {
    port_.close();
    EXPECT_TRUE(readable());
}

TEST_F(KernelPortTest, AnInterruptNeedsUsersCodeInFlight) {
    EXPECT_FALSE(port_.request_interrupt());
    port_.post(shared(tests::request(MsgType::complete_request, "c")));
    EXPECT_FALSE(port_.request_interrupt());
    post_cell("a");
    EXPECT_TRUE(port_.request_interrupt());
    EXPECT_TRUE(port_.interrupt_pending());
    EXPECT_TRUE(port_.take_interrupt());
    EXPECT_FALSE(port_.take_interrupt()) << "one interrupt, taken once";
    EXPECT_EQ(port_.take_interrupt_of(), KernelPort::Interrupt::none);
}

TEST_F(KernelPortTest, AnInterruptIsForOneCellOrForTheKernel) {
    using Interrupt = KernelPort::Interrupt;
    EXPECT_FALSE(port_.break_in()) << "nothing runs";
    post_cell("a");
    EXPECT_TRUE(port_.break_in());
    EXPECT_EQ(port_.take_interrupt_of(), Interrupt::cell);
    port_.request_interrupt();
    port_.break_in();
    port_.withdraw_break_in();
    EXPECT_EQ(port_.take_interrupt_of(), Interrupt::kernel) << "what a client has asked for stays";
    port_.break_in();
    port_.request_interrupt();
    EXPECT_EQ(port_.take_interrupt_of(), Interrupt::kernel);
    port_.request_interrupt();
    EXPECT_TRUE(port_.take_interrupt());
    port_.break_in();
    EXPECT_EQ(port_.take_interrupt_of(), Interrupt::cell) << "the one before is over";
    port_.break_in();
    port_.withdraw_break_in();
    EXPECT_EQ(port_.take_interrupt_of(), Interrupt::none);
}

TEST_F(KernelPortTest, TheCallbackOfACommCanBeInterrupted) {
    const auto comm_msg = shared(tests::request(MsgType::comm_msg, "c"));
    port_.post(comm_msg);
    EXPECT_TRUE(port_.request_interrupt());
    port_.reply(comm_msg, {"{}", "{}", false, false});
    EXPECT_FALSE(port_.interrupt_pending());
    EXPECT_FALSE(port_.request_interrupt());
}

TEST_F(KernelPortTest, AnInterruptThatComesTooLateIsWithdrawn) {
    const auto cell = shared(tests::execute("a", ""));
    port_.post(cell);
    port_.take(0ns);
    port_.request_interrupt();
    port_.reply(cell, {"{}", "{}", false, false});
    EXPECT_FALSE(port_.interrupt_pending());
    EXPECT_FALSE(port_.request_interrupt());
    post_cell("b");
    EXPECT_FALSE(port_.take_interrupt()) << "the next cell is another one";
}

TEST_F(KernelPortTest, OtherRepliesWithdrawNoInterrupt) {
    const auto comm = shared(tests::request(MsgType::comm_msg, "c"));
    post_cell("a");
    port_.post(comm);
    port_.request_interrupt();
    port_.reply(comm, {"{}", "{}", false, false});
    EXPECT_TRUE(port_.interrupt_pending());
}

TEST_F(KernelPortTest, CloseInterruptsWhatRuns) {
    port_.close();
    EXPECT_FALSE(port_.interrupt_pending()) << "nothing ran";
    KernelPort busy{{}, std::make_shared<OutputBuffer>(events_, keeper_)};
    busy.post(shared(tests::execute("a", "")));
    busy.close();
    EXPECT_TRUE(busy.interrupt_pending());
}

class AskInputTest : public KernelPortTest {
 protected:
    void SetUp() override {
        port_.post(cell_);
        port_.take(0ns);
    }
    /// Asks on a thread of its own; returns when the question is out.
    std::future<std::optional<std::string>> asking(const std::string& prompt = "?", KernelPort::Asker asker = {}) {
        auto answer = ask(prompt, asker);
        const auto asked = events_->wait_for([&](const auto& event) { return event.content["prompt"] == prompt; });
        EXPECT_TRUE(asked && asked->kind == RecordingEvents::Kind::input_request && asked->msg_id == "a");
        return answer;
    }
    std::future<std::optional<std::string>> ask(const std::string& prompt, KernelPort::Asker asker = {}) {
        return std::async(std::launch::async, [this, prompt, asker] {
            return port_.ask_input(cell_, nlohmann::json{{"prompt", prompt}}.dump(), asker);
        });
    }
    const SharedRequest cell_ = shared(tests::execute("a", ""));
};

TEST_F(AskInputTest, IsAnswered) {
    auto answer = asking();
    port_.post_input(R"({"value":"ada"})");
    EXPECT_EQ(answer.get(), R"({"value":"ada"})");
}

TEST_F(AskInputTest, AnAnswerToAnEarlierQuestionIsNotTaken) {
    port_.post_input(R"({"value":"stale"})");
    auto answer = asking();
    port_.post_input(R"({"value":"fresh"})");
    EXPECT_EQ(answer.get(), R"({"value":"fresh"})");
}

TEST_F(AskInputTest, OneQuestionAtATime) {
    auto first = asking("1");
    auto second = ask("2", {false, 0});
    EXPECT_EQ(events_->all().size(), 1U);
    port_.post_input("one");
    EXPECT_EQ(first.get(), "one");
    ASSERT_TRUE(events_->wait_for([](const auto& event) { return event.content["prompt"] == "2"; }));
    port_.post_input("two");
    EXPECT_EQ(second.get(), "two");
}

TEST_F(AskInputTest, AnInterruptIsNotForTheThreadsBeside) {
    auto answer = asking("?", {false, 0});
    ASSERT_TRUE(port_.request_interrupt());
    EXPECT_TRUE(port_.take_interrupt());
    port_.post_input("{}");
    EXPECT_EQ(answer.get(), "{}");
}

TEST_F(AskInputTest, AWithdrawnQuestionIsOver) {
    auto answer = asking("?", {false, 7});
    port_.withdraw_input(7);
    EXPECT_EQ(answer.get(), std::nullopt);
    port_.withdraw_input(8);
    EXPECT_EQ(ask("never", {false, 8}).get(), std::nullopt);
    EXPECT_EQ(events_->all().size(), 1U);
    answer = asking("next?");
    port_.post_input("{}");
    EXPECT_EQ(answer.get(), "{}");
}

TEST_F(AskInputTest, AnInterruptEndsTheWait) {
    auto answer = asking();
    ASSERT_TRUE(port_.request_interrupt());
    EXPECT_EQ(answer.get(), std::nullopt);
    EXPECT_FALSE(port_.interrupt_pending()) << "it has had its effect";
    answer = asking("again?");
    port_.post_input("{}");
    EXPECT_EQ(answer.get(), "{}");
}

TEST_F(AskInputTest, TheEndOfTheKernelEndsTheWait) {
    auto answer = asking();
    port_.close();
    EXPECT_EQ(answer.get(), std::nullopt);
}

TEST_F(KernelPortTest, TheThreadIsUsedOnlyWhileItIsSet) {
    int used = 0;
    port_.with_thread([&](pthread_t) { ++used; });
    EXPECT_EQ(used, 0);
    port_.set_thread(pthread_self());
    port_.with_thread([&](pthread_t thread) { used += pthread_equal(thread, pthread_self()) ? 1 : 100; });
    EXPECT_EQ(used, 1);
    port_.set_thread(std::nullopt);
    port_.with_thread([&](pthread_t) { ++used; });
    EXPECT_EQ(used, 1);
}

class AwaitOutputTest : public KernelPortTest {
 protected:
    /// Waits on a thread of its own, the kernel's or another one.
    std::future<bool> awaiting(bool kernels_own = true) {
        return std::async(std::launch::async, [this, kernels_own] {
            if (kernels_own) port_.set_thread(pthread_self());
            const bool undisturbed = port_.await_output();
            if (kernels_own) port_.set_thread(std::nullopt);
            return undisturbed;
        });
    }
    static bool waits(const std::future<bool>& wait) { return wait.wait_for(20ms) == std::future_status::timeout; }
};

TEST_F(AwaitOutputTest, WaitsOnlyWhileOutputIsHeld) {
    EXPECT_TRUE(port_.await_output());
    port_.hold_output(true);
    auto own = awaiting();
    auto other = awaiting(false);
    EXPECT_TRUE(waits(own));
    EXPECT_TRUE(waits(other));
    port_.hold_output(false);
    EXPECT_TRUE(own.get());
    EXPECT_TRUE(other.get());
}

TEST_F(AwaitOutputTest, AnInterruptIsForTheKernelsOwnThread) {
    post_cell("a");
    port_.hold_output(true);
    auto own = awaiting();
    auto other = awaiting(false);
    EXPECT_TRUE(waits(own));
    ASSERT_TRUE(port_.request_interrupt());
    EXPECT_FALSE(own.get());
    EXPECT_TRUE(port_.interrupt_pending()) << "whether it is raised is for the interpreter to say";
    EXPECT_TRUE(waits(other));
    port_.hold_output(false);
    EXPECT_TRUE(other.get());
}

TEST_F(AwaitOutputTest, TheEndOfTheKernelEndsEveryWait) {
    port_.hold_output(true);
    auto own = awaiting();
    auto other = awaiting(false);
    EXPECT_TRUE(waits(own));
    port_.close();
    own.get();
    EXPECT_TRUE(other.get());
}

}  // namespace
}  // namespace corncob::tenants
