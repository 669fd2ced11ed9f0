// Interrupt, restart, shutdown, and what a kernel makes of its host's last words.
#include <gtest/gtest.h>

#include <memory>

#include "tests/tenants/kernel_fixture.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;

class KernelLifecycleTest : public KernelFixture {
 protected:
    int done_ = 0;
    Kernel::Done count_done() {
        return [this] { ++done_; };
    }
    std::string next_cell() { return "cell " + std::to_string(++cells_); }
    void crash() {
        run(next_cell());
        python()->end(EndReason::crashed, "crashed");
    }
    int cells_ = 0;
};

TEST_F(KernelLifecycleTest, OnlyUsersCodeIsInterrupted) {
    kernel_->interrupt();
    send(tests::request(MsgType::complete_request, "c"));
    kernel_->interrupt();
    send(tests::request(MsgType::interrupt_request, "i1"));
    EXPECT_EQ(python()->interrupts(), 0U);
    run("a");
    kernel_->interrupt();
    EXPECT_EQ(python()->interrupts(), 1U);
    send(tests::request(MsgType::interrupt_request, "i2", {}, protocol::Channel::control));
    EXPECT_EQ(python()->interrupts(), 2U);
    EXPECT_EQ(reply_to("i1")["status"], "ok");
    EXPECT_EQ(reply_to("i2")["status"], "ok");
    python()->reply(request("a"));
    kernel_->interrupt();
    EXPECT_EQ(python()->interrupts(), 2U);
    send(tests::request(MsgType::comm_msg, "callback"));
    kernel_->interrupt();
    EXPECT_EQ(python()->interrupts(), 3U);
}

TEST_F(KernelLifecycleTest, HowLongAnInterruptTookIsTold) {
    run("a");
    kernel_->interrupt();
    clock_.advance(std::chrono::milliseconds(20));
    kernel_->interrupt();
    clock_.advance(std::chrono::milliseconds(30));
    python()->reply(request("a"));
    run("b");
    python()->reply(request("b"));
    EXPECT_EQ(observer_.notes(), (Story{"interrupt ada", "interrupt ada", "interrupted ada after 50 ms"}));
}

TEST_F(KernelLifecycleTest, AnInterruptIsForgottenWithItsCell) {
    run("a");
    kernel_->interrupt();
    kernel_->restart([] {});
    run("b");
    python()->reply(request("b"));
    EXPECT_EQ(observer_.notes(), Story{"interrupt ada"});
}

TEST_F(KernelLifecycleTest, HowLongEachOfItsStartsTookIsTold) {
    clock_.advance(std::chrono::hours(1));  // nobody has needed its Python yet
    run("a");
    clock_.advance(std::chrono::milliseconds(20));
    python()->ready();
    python()->reply(request("a"));
    kernel_->restart([] {});
    clock_.advance(std::chrono::hours(1));
    send(tests::request(MsgType::complete_request, "c"));
    clock_.advance(std::chrono::milliseconds(1));
    python()->ready();
    python()->end(EndReason::crashed, "x");
    run("b");
    clock_.advance(std::chrono::seconds(3));
    python()->ready();
    EXPECT_EQ(observer_.notes(), (Story{"ready ada k python3 after 20 ms", "ready ada k python3 after 1 ms",
                                        "autorestarted ada k: x", "ready ada k python3 after 3000 ms"}));
}

TEST_F(KernelLifecycleTest, AStartThatWasCutOffIsNotTold) {
    run("a");
    const auto old = python();
    kernel_->restart([] {});
    old->ready();
    run("b");
    old->ready();
    EXPECT_EQ(observer_.notes(), Story{});
}

TEST_F(KernelLifecycleTest, RestartAbortsWhatIsInFlight) {
    run("running");
    run("queued");
    send(tests::request(MsgType::complete_request, "beside"));
    kernel_->restart(count_done());
    EXPECT_EQ(reply_to("running")["status"], "error");
    EXPECT_EQ(reply_to("running")["ename"], "KernelEnded");
    EXPECT_EQ(reply_to("beside")["status"], "error");
    EXPECT_EQ(reply_to("queued")["status"], "aborted");
    EXPECT_FALSE(kernel_->busy());
    EXPECT_FALSE(kernel_->dead());
    EXPECT_EQ(kernel_->model().execution_state, "idle");
}

TEST_F(KernelLifecycleTest, ACellThatIsCutOffIsToldToTheObserver) {
    run("a");
    clock_.advance(std::chrono::milliseconds(30));
    kernel_->restart(count_done());
    const auto cells = observer_.cells();
    ASSERT_EQ(cells.size(), 1U);
    EXPECT_FALSE(cells[0].ok);
    EXPECT_EQ(cells[0].ran, std::chrono::milliseconds(30));
}

TEST_F(KernelLifecycleTest, RestartIsDoneWhenTheOldPythonIsGone) {
    run("a");
    const auto old = python();
    kernel_->restart(count_done());
    EXPECT_TRUE(old->stopped());
    EXPECT_EQ(done_, 0);
    old->end();
    EXPECT_EQ(done_, 1);
    EXPECT_FALSE(kernel_->dead());
}

TEST_F(KernelLifecycleTest, AfterARestartTheNextCellRunsInANewPython) {
    run("a");
    const auto old = python();
    kernel_->restart(count_done());
    run("b");
    EXPECT_NE(python(), old);
    EXPECT_FALSE(python()->stopped());
    python()->reply(request("b"));
    EXPECT_EQ(reply_to("b")["status"], "ok");
    old->end();
    EXPECT_EQ(done_, 1);
}

TEST_F(KernelLifecycleTest, AThreadThatIsDisownedIsToldToTheObserver) {
    run("a");
    const auto old = python();
    kernel_->restart(count_done());
    old->end(EndReason::disowned, "its code does not stop");
    EXPECT_EQ(done_, 1);
    EXPECT_FALSE(kernel_->dead());
    EXPECT_EQ(observer_.notes(), std::vector<std::string>{"disowned ada k"});
}

TEST_F(KernelLifecycleTest, RestartOfAKernelWithoutPythonIsDoneAtOnce) {
    kernel_->restart(count_done());
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(story(), (Story{"starting", "idle"}));
    EXPECT_TRUE(host_.started().empty());
}

TEST_F(KernelLifecycleTest, AShutdownRequestIsAnsweredAndEndsTheKernel) {
    send(tests::request(MsgType::shutdown_request, "s", {{"restart", false}}, protocol::Channel::control));
    EXPECT_EQ(reply_to("s"), (nlohmann::json{{"status", "ok"}, {"restart", false}}));
    EXPECT_TRUE(kernel_->dead());
    EXPECT_TRUE(client_->ended());
}

TEST_F(KernelLifecycleTest, AShutdownRequestMayAskForARestart) {
    run("a");
    send(tests::request(MsgType::shutdown_request, "s", {{"restart", true}}, protocol::Channel::control));
    EXPECT_EQ(reply_to("s"), (nlohmann::json{{"status", "ok"}, {"restart", true}}));
    EXPECT_EQ(reply_to("a")["ename"], "KernelEnded");
    EXPECT_FALSE(kernel_->dead());
}

TEST_F(KernelLifecycleTest, RestartForgetsComms) {
    send(tests::request(MsgType::comm_open, "o", {{"comm_id", "1"}, {"target_name", "t"}}));
    kernel_->restart(count_done());
    send(tests::request(MsgType::comm_info_request, "c"));
    EXPECT_EQ(reply_to("c")["comms"], nlohmann::json::object());
}

TEST_F(KernelLifecycleTest, LateWordsOfAnEarlierLifeAreNotHeard) {
    run("a");
    const auto old = python();
    const auto cell = request("a");
    kernel_->restart(count_done());
    run("b");
    const auto before = story();
    old->print(cell, "late");
    old->print(request("b"), "not its own");
    old->reply(cell);
    old->reply(request("b"));
    old->ask_input(request("b"), "?");
    old->output(cell, MsgType::comm_open, {{"comm_id", "1"}, {"target_name", "t"}});
    old->end(EndReason::crashed, "late");
    EXPECT_EQ(story(), before);
    EXPECT_FALSE(kernel_->dead());
    python()->reply(request("b"));
    EXPECT_EQ(reply_to("b")["status"], "ok");
}

TEST_F(KernelLifecycleTest, ShutdownAbortsAndTellsSubscribers) {
    run("running");
    run("queued");
    kernel_->shutdown(count_done());
    EXPECT_EQ(done_, 0);
    EXPECT_TRUE(python()->stopped());
    EXPECT_TRUE(kernel_->dead());
    EXPECT_TRUE(client_->ended());
    EXPECT_EQ(story(), (Story{"busy running", "execute_reply running error", "idle running", "busy queued",
                              "execute_reply queued aborted", "idle queued", "dead"}));
    EXPECT_EQ(limit_.used(), 0U);
    python()->end();
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(observer_.notes(), (Story{"aborted ada 1", "ended ada k: the kernel was shut down"}));
}

TEST_F(KernelLifecycleTest, ShutdownOfAKernelWithoutPythonIsDoneAtOnce) {
    kernel_->shutdown(count_done());
    EXPECT_EQ(done_, 1);
    kernel_->shutdown(count_done());
    EXPECT_EQ(done_, 2) << "idempotent, and each caller is told";
    EXPECT_EQ(observer_.notes().size(), 1U);
    EXPECT_EQ(story(), Story{"dead"});
}

TEST_F(KernelLifecycleTest, ADeadKernelRefuses) {
    kernel_->shutdown([] {});
    const auto result = kernel_->submit(tests::execute("a", ""), client_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::kernel_is_dead);
    kernel_->interrupt();
    kernel_->restart(count_done());
    EXPECT_EQ(done_, 1);
    EXPECT_TRUE(kernel_->dead()) << "restart raises no dead";
    const auto late = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(late);
    EXPECT_TRUE(late->ended());
    EXPECT_EQ(late.use_count(), 1) << "not kept";
}

TEST_F(KernelLifecycleTest, AKernelWhosePythonEndsByItselfBeginsAnew) {
    send(tests::request(MsgType::comm_open, "o", {{"comm_id", "1"}, {"target_name", "t"}}));
    run("a");
    run("queued");
    send(tests::request(MsgType::complete_request, "beside"));
    const auto old = python();
    old->end(EndReason::crashed, "it crashed");
    EXPECT_FALSE(kernel_->dead());
    EXPECT_FALSE(client_->ended());
    EXPECT_EQ(kernel_->model().execution_state, "idle");
    EXPECT_EQ(reply_to("a")["evalue"], "it crashed");
    EXPECT_EQ(reply_to("beside")["status"], "error");
    EXPECT_EQ(reply_to("queued")["status"], "aborted");
    const Story all = story();
    EXPECT_EQ(Story(all.end() - 3, all.end()), (Story{"restarting", "starting", "idle"}));
    EXPECT_EQ(observer_.notes(), (Story{"autorestarted ada k: it crashed", "aborted ada 1"}));
    run("b");
    EXPECT_NE(python(), old);
    python()->reply(request("b"));
    EXPECT_EQ(reply_to("b")["status"], "ok");
    send(tests::request(MsgType::comm_info_request, "c"));
    EXPECT_EQ(reply_to("c")["comms"], nlohmann::json::object());
}

TEST_F(KernelLifecycleTest, AKernelThatDoesNotComeBackDiesWithItsPython) {
    kernel_->shutdown([] {});
    make_kernel(false);
    const auto client = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(client);
    ASSERT_TRUE(kernel_->submit(tests::execute("a", "exit()"), client));
    python()->reply(request("a"));
    python()->end(EndReason::exited, "the cell asked to exit");
    EXPECT_TRUE(kernel_->dead());
    EXPECT_TRUE(client->ended());
    EXPECT_EQ(story(*client).back(), "dead");
    EXPECT_FALSE(kernel_->crashed());
}

TEST_F(KernelLifecycleTest, IsKnownToHaveCrashed) {
    kernel_->shutdown([] {});
    EXPECT_FALSE(kernel_->crashed());
    make_kernel(false);
    run("a");
    python()->end(EndReason::crashed, "os._exit(3)");
    EXPECT_TRUE(kernel_->dead());
    EXPECT_TRUE(kernel_->crashed());
}

TEST_F(KernelLifecycleTest, AKernelThatEndsAgainAndAgainIsDead) {
    for (std::size_t i = 0; i < kAutorestartsMax; ++i) crash();
    EXPECT_FALSE(kernel_->dead());
    crash();
    EXPECT_TRUE(kernel_->dead());
    EXPECT_TRUE(client_->ended());
    EXPECT_EQ(story().back(), "dead");
    EXPECT_EQ(limit_.used(), 0U);
    EXPECT_EQ(observer_.notes().back(), "ended ada k: crashed; it has ended so too often, and is not restarted");
}

TEST_F(KernelLifecycleTest, ACrashIsForgottenAfterAWhile) {
    for (std::size_t i = 0; i < 2 * kAutorestartsMax; ++i) {
        if (i == kAutorestartsMax) clock_.advance(kStableAfter);
        crash();
        clock_.advance(std::chrono::seconds(1));
    }
    EXPECT_FALSE(kernel_->dead());
    crash();
    EXPECT_TRUE(kernel_->dead());
}

TEST_F(KernelLifecycleTest, ACrashIsForgottenWhenACellSucceedsOrTheKernelIsRestarted) {
    for (std::size_t i = 0; i < kAutorestartsMax; ++i) crash();
    const std::string id = next_cell();
    run(id);
    python()->reply(request(id));
    for (std::size_t i = 0; i < kAutorestartsMax; ++i) crash();
    EXPECT_FALSE(kernel_->dead());
    kernel_->restart(count_done());
    for (std::size_t i = 0; i < kAutorestartsMax; ++i) crash();
    EXPECT_FALSE(kernel_->dead());
    const std::string failing = next_cell();
    run(failing);
    python()->fail(request(failing), true);
    crash();
    EXPECT_TRUE(kernel_->dead()) << "a cell that fails proves nothing";
}

TEST_F(KernelLifecycleTest, ADrainingKernelFinishesAndTakesNoCells) {
    run("running");
    run("queued");
    kernel_->drain();
    run("late");
    EXPECT_EQ(reply_to("late")["ename"], "Draining");
    send(tests::request(MsgType::kernel_info_request, "info"));
    EXPECT_EQ(reply_to("info")["status"], "ok");
    python()->reply(request("running"));
    python()->reply(request("queued"));
    EXPECT_EQ(reply_to("queued")["status"], "ok");
    EXPECT_FALSE(kernel_->busy());
}

}  // namespace
}  // namespace corncob::tenants
