// Which cell goes to the host when, and subshells.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/tenants/kernel_fixture.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;
using namespace std::chrono_literals;

class KernelCellsTest : public KernelFixture {
 protected:
    /// Its id.
    std::string make_subshell(const std::string& id) {
        send(tests::request(MsgType::create_subshell_request, id, {}, Channel::control));
        return reply_to(id)["subshell_id"];
    }
    void send_to(const std::string& subshell, protocol::Message message) {
        message.header.subshell_id = protocol::SubshellId(subshell);
        send(std::move(message));
    }
    /// A cell "first" runs, and has let the others run beside it.
    void python_unchained() {
        run("first");
        python()->set_modes(request("first"), {.concurrent = true});
    }
};

TEST_F(KernelCellsTest, CellsRunOneAfterAnother) {
    run("a");
    run("b");
    EXPECT_TRUE(at_host("a"));
    EXPECT_FALSE(at_host("b"));
    python()->reply(request("a"));
    EXPECT_TRUE(at_host("b"));
    python()->reply(request("b"));
    EXPECT_EQ(story(), (Story{"busy a", "execute_reply a ok", "idle a", "busy b", "execute_reply b ok", "idle b"}));
    EXPECT_EQ(host_.started().size(), 1U);
}

TEST_F(KernelCellsTest, AnErrorAbortsTheQueueIfTheCellAsksForIt) {
    run("a");
    run("b");
    run("c");
    python()->fail(request("a"), true);
    EXPECT_EQ(story(), (Story{"busy a", "execute_reply a error", "idle a", "busy b", "execute_reply b aborted",
                              "idle b", "busy c", "execute_reply c aborted", "idle c"}));
    EXPECT_FALSE(at_host("b"));
    EXPECT_FALSE(kernel_->busy());
    run("d");
    EXPECT_TRUE(at_host("d")) << "the abort is over";
}

TEST_F(KernelCellsTest, AnErrorWithoutStopOnErrorLetsTheQueueRun) {
    run("a");
    run("b");
    python()->fail(request("a"), false);
    EXPECT_TRUE(at_host("b"));
}

TEST_F(KernelCellsTest, ACellBesideTheOthersNeitherWaitsNorHoldsThem) {
    run("a");
    send(tests::execute("b", "# task"));
    EXPECT_TRUE(at_host("b"));
    EXPECT_EQ(request("b")->run_mode, RunMode::task);
    python()->reply(request("a"));
    EXPECT_TRUE(kernel_->busy());
    run("c");
    EXPECT_TRUE(at_host("c"));
    python()->reply(request("c"));
    EXPECT_EQ(kernel_->model().execution_state, "busy");
    python()->reply(request("b"));
    EXPECT_EQ(kernel_->model().execution_state, "idle");
    EXPECT_EQ(story(), (Story{"busy a", "busy b", "execute_reply a ok", "idle a", "busy c", "execute_reply c ok",
                              "idle c", "execute_reply b ok", "idle b"}));
}

TEST_F(KernelCellsTest, UnchainedTheWaitingBeginAndAnErrorAbortsNoneThatRuns) {
    run("a");
    run("b");
    run("c");
    python()->set_modes(request("a"), {.concurrent = true});
    EXPECT_TRUE(at_host("b") && at_host("c"));
    python()->fail(request("b"), true);
    python()->reply(request("c"));
    EXPECT_EQ(reply_to("c")["status"], "ok");
    python()->set_modes(request("a"), {});
    run("d");
    EXPECT_FALSE(at_host("d")) << "a is of the chain";
    python()->reply(request("a"));
    EXPECT_TRUE(at_host("d"));
}

TEST_F(KernelCellsTest, ModesAreAsCellsHaveLastAskedFor) {
    run("a");
    const auto modes = [this] {
        const auto [cache, concurrent, react] = kernel_->figures().modes;
        return std::vector<bool>{cache, concurrent, react};
    };
    EXPECT_EQ(modes(), (std::vector<bool>{false, false, false}));
    python()->set_modes(request("a"), {.cache = true, .react = true});
    EXPECT_EQ(modes(), (std::vector<bool>{true, false, true}));
    python()->set_modes(request("a"), {.concurrent = true});
    EXPECT_EQ(modes(), (std::vector<bool>{false, true, false}));
    const auto ended = python();
    kernel_->restart([] {});
    ended->set_modes(request("a"), {.react = true});
    EXPECT_EQ(modes(), (std::vector<bool>{false, false, false})) << "of a Python that is no more";
    host_.end_stopped();
}

TEST_F(KernelCellsTest, CellsSideBySideAreBoundedToo) {
    python_unchained();
    for (std::size_t i = 0; i < kQueuedCellsMax; ++i) run("beside" + std::to_string(i));
    run("refused");
    EXPECT_EQ(reply_to("refused")["ename"], "QueueFull");
}

TEST_F(KernelCellsTest, ARestartChainsAgainAndAnswersAllThatRun) {
    python_unchained();
    EXPECT_TRUE(kernel_->figures().modes.concurrent);
    run("b");
    kernel_->restart([] {});
    EXPECT_FALSE(kernel_->figures().modes.concurrent);
    EXPECT_EQ(reply_to("first")["ename"], "KernelEnded");
    EXPECT_EQ(reply_to("b")["ename"], "KernelEnded");
    run("c");
    run("d");
    EXPECT_TRUE(at_host("c"));
    EXPECT_FALSE(at_host("d"));
    host_.end_stopped();
}

TEST_F(KernelCellsTest, AFullQueueRefuses) {
    run("running");
    for (std::size_t i = 0; i < kQueuedCellsMax; ++i) run("queued" + std::to_string(i));
    run("refused");
    EXPECT_EQ(reply_to("refused")["status"], "error");
    EXPECT_EQ(reply_to("refused")["ename"], "QueueFull");
    EXPECT_EQ(reply_to("refused")["evalue"], "queued_cells_max is 3, and as many cells wait, or run beside another");
    EXPECT_EQ(observer_.notes(), std::vector<std::string>{"refused ada queued_cells_max"});
    python()->reply(request("running"));
    run("fits again");
    EXPECT_TRUE(reply_to("fits again").is_null());
}

TEST_F(KernelCellsTest, TheObserverLearnsHowLongCellsWaitAndRun) {
    run("a");
    run("b");
    clock_.advance(3s);
    python()->reply(request("a"));
    clock_.advance(2s);
    python()->fail(request("b"), true);
    const auto cells = observer_.cells();
    ASSERT_EQ(cells.size(), 2U);
    EXPECT_EQ(cells[0].queued, 0s);
    EXPECT_EQ(cells[0].ran, 3s);
    EXPECT_TRUE(cells[0].ok);
    EXPECT_EQ(cells[1].queued, 3s);
    EXPECT_EQ(cells[1].ran, 2s);
    EXPECT_FALSE(cells[1].ok);
}

TEST_F(KernelCellsTest, SubshellsAreMadeListedAndDeleted) {
    const std::string id = make_subshell("make");
    send(tests::request(MsgType::list_subshell_request, "list", {}, Channel::control));
    EXPECT_EQ(reply_to("list")["subshell_id"], nlohmann::json::array({id}));
    send(tests::request(MsgType::delete_subshell_request, "delete", {{"subshell_id", id}}, Channel::control));
    EXPECT_EQ(reply_to("delete")["status"], "ok");
    send(tests::request(MsgType::delete_subshell_request, "again", {{"subshell_id", id}}, Channel::control));
    EXPECT_EQ(reply_to("again")["ename"], "UnknownSubshellError");
    send(tests::request(MsgType::delete_subshell_request, "none", {}, Channel::control));
    EXPECT_EQ(reply_to("none")["ename"], "UnknownSubshellError");
    EXPECT_FALSE(python()) << "no Python is needed for that";
}

TEST_F(KernelCellsTest, ASubshellRunsItsCellsBesideTheMainShell) {
    const std::string id = make_subshell("make");
    run("a");
    send_to(id, tests::execute("b", "code"));
    send_to(id, tests::execute("c", "code"));
    EXPECT_TRUE(at_host("a") && at_host("b"));
    EXPECT_FALSE(at_host("c"));
    python()->fail(request("b"), true);
    EXPECT_EQ(reply_to("c")["status"], "aborted");
    run("d");
    python()->reply(request("a"));
    EXPECT_TRUE(at_host("d")) << "the main shell's cells are not aborted";
}

TEST_F(KernelCellsTest, ADeletedSubshellAbortsWhatWaitsAndAnswersWhatRuns) {
    const std::string id = make_subshell("make");
    send_to(id, tests::execute("a", "code"));
    send_to(id, tests::execute("b", "code"));
    send(tests::request(MsgType::delete_subshell_request, "delete", {{"subshell_id", id}}, Channel::control));
    const auto last = python()->submitted().back();
    EXPECT_EQ(last->message.header.msg_type, MsgType::delete_subshell_request) << "its thread is to end";
    EXPECT_EQ(nlohmann::json::parse(last->message.content_json)["subshell_id"], id);
    EXPECT_EQ(reply_to("b")["status"], "aborted");
    EXPECT_TRUE(kernel_->busy());
    python()->reply(request("a"));
    EXPECT_FALSE(kernel_->busy());
    send_to(id, tests::execute("late", "code"));
    EXPECT_EQ(reply_to("late")["ename"], "UnknownSubshellError");
    send_to(id, tests::request(MsgType::comm_msg, "comm"));
    EXPECT_EQ(story().back(), "idle comm");
}

TEST_F(KernelCellsTest, SubshellsAreBoundedAndGoneAfterARestart) {
    for (std::size_t i = 0; i < kSubshellsMax; ++i) make_subshell("make" + std::to_string(i));
    send(tests::request(MsgType::create_subshell_request, "refused", {}, Channel::control));
    EXPECT_EQ(reply_to("refused")["ename"], "TooManySubshells");
    EXPECT_EQ(observer_.notes(), std::vector<std::string>{"refused ada subshells_max"});
    kernel_->restart([] {});
    send(tests::request(MsgType::list_subshell_request, "list", {}, Channel::control));
    EXPECT_EQ(reply_to("list")["subshell_id"], nlohmann::json::array());
}

TEST_F(KernelCellsTest, ASubshellWhoseClientIsGoneMakesRoom) {
    auto page = std::make_shared<tests::RecordingSink>();
    ASSERT_TRUE(kernel_->submit(tests::request(MsgType::create_subshell_request, "page"), page));
    for (std::size_t i = 1; i < kSubshellsMax; ++i) make_subshell("make" + std::to_string(i));
    page.reset();
    run("cell");
    make_subshell("one more");
    EXPECT_EQ(python()->submitted().back()->message.header.msg_type, MsgType::delete_subshell_request);
    EXPECT_EQ(observer_.notes(), std::vector<std::string>());
}

}  // namespace
}  // namespace corncob::tenants
