// Outputs of a kernel on their way to its clients: those that drop, those that read slowly, and how much is let out.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tenants/kernel.hpp"
#include "tests/tenants/kernel_fixture.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;
using namespace std::chrono_literals;

class KernelOutputTest : public KernelFixture {};

TEST_F(KernelOutputTest, ADroppedClientGetsTheRestOfItsCellWhenItComesBack) {
    const auto asker = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(asker, {"ada", "s"});
    ASSERT_TRUE(kernel_->submit(tests::execute("a", "code"), asker));
    const auto cell = request("a");
    python()->print(cell, "1");
    kernel_->unsubscribe(asker.get());
    EXPECT_EQ(kernel_->model().connections, 1U);
    python()->print(cell, "2");
    python()->ask_input(cell, "?");
    const auto again = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(again, {"ada", "s"});
    python()->reply(cell);
    EXPECT_EQ(story(*asker), (Story{"busy a", "stream a"}));
    EXPECT_EQ(story(*again), (Story{"stream a", "input_request a", "execute_reply a ok", "idle a"}));
}

TEST_F(KernelOutputTest, ARestartIsToldToWhoComesBack) {
    const auto asker = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(asker, {"ada", "s"});
    ASSERT_TRUE(kernel_->submit(tests::execute("a", "code"), asker));
    kernel_->unsubscribe(asker.get());
    python()->print(request("a"), "of the past");
    kernel_->restart([] {});
    const auto again = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(again, {"ada", "s"});
    EXPECT_EQ(story(*again), (Story{"execute_reply a error", "idle a", "starting", "idle"}));
}

TEST_F(KernelOutputTest, OutputIsHeldWhileASubscriberIsCongested) {
    const auto slow = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(slow);
    run("a");
    slow->set_congested(true);
    python()->print(request("a"), "1");
    python()->print(request("a"), "2");
    EXPECT_EQ(python()->holds(), std::vector<bool>{true}) << "told once";
    kernel_->review_backlog();
    EXPECT_EQ(python()->holds(), std::vector<bool>{true}) << "still congested";
    slow->set_congested(false);
    kernel_->review_backlog();
    EXPECT_EQ(python()->holds(), (std::vector<bool>{true, false}));
    EXPECT_EQ(slow->seen().size(), client_->seen().size()) << "what is put out all the same is delivered";
    python()->reply(request("a"));
}

TEST_F(KernelOutputTest, ACongestedSubscriberThatGoesHoldsNothing) {
    const auto slow = std::make_shared<tests::RecordingSink>();
    kernel_->subscribe(slow);
    slow->set_congested(true);
    run("a");
    python()->print(request("a"), "1");
    kernel_->unsubscribe(slow.get());
    EXPECT_EQ(python()->holds(), (std::vector<bool>{true, false}));
    python()->reply(request("a"));
}

TEST_F(KernelOutputTest, ANewIncarnationIsHeldLikeTheLast) {
    client_->set_congested(true);
    run("a");
    const auto old = python();
    EXPECT_EQ(old->holds(), std::vector<bool>{true}) << "the client was congested before there was Python";
    kernel_->restart([] {});
    run("b");
    EXPECT_EQ(python()->holds(), std::vector<bool>{true});
    client_->set_congested(false);
    kernel_->review_backlog();
    EXPECT_EQ(python()->holds(), (std::vector<bool>{true, false}));
    EXPECT_EQ(old->holds(), std::vector<bool>{true}) << "it is stopped, which ends every wait";
}

TEST_F(KernelOutputTest, ACellThatPutsOutTooMuchIsToldOnceAndItsErrorsStillCome) {
    run("a");
    const auto cell = request("a");
    for (int i = 0; i < 4; ++i) python()->print(cell, std::string(60000, 'x'));
    python()->output(cell, MsgType::error, {{"ename", "E"}, {"evalue", ""}, {"traceback", Story{}}});
    python()->reply(cell);
    EXPECT_EQ(story(),
              (Story{"busy a", "stream a", "stream a", "stream a", "error a", "execute_reply a ok", "idle a"}));
    const auto notice = client_->seen()[3].content;
    EXPECT_EQ(notice["name"], "stderr");
    const auto text = notice["text"].get<std::string>();
    for (const char* word : {"output_bytes_max", "100000 bytes", "'ada'"}) {
        EXPECT_NE(text.find(word), std::string::npos) << word << " in " << text;
    }
    EXPECT_EQ(observer_.notes(), std::vector<std::string>{"limit ada output_bytes_max"});
    run("b");
    python()->print(request("b"), "again");
    python()->reply(request("b"));
    EXPECT_EQ(client_->wait_for(MsgType::stream, "b")->content["text"], "again") << "each cell has its own";
}

}  // namespace
}  // namespace corncob::tenants
