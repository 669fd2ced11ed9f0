#include "server/zmq/iopub_sink.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/requests.hpp"

namespace corncob::server {
namespace {

using protocol::MsgType;

protocol::wire::SharedMessage message(MsgType type, const nlohmann::json& content) {
    return std::make_shared<const protocol::wire::EncodedMessage>(tests::request(type, "1", content));
}

class IopubSinkTest : public testing::Test {
 protected:
    std::shared_ptr<ZmqOutbox> outbox_ = std::make_shared<ZmqOutbox>(1'000'000, [] {});
    bool heard_ = false;
    bool ended_ = false;
    IopubSink sink_{{outbox_, "session", [this] { return heard_; }, [this] { ended_ = true; }}};
};

TEST_F(IopubSinkTest, PublishesUnderItsTopic) {
    const auto printed = message(MsgType::stream, {{"name", "stdout"}, {"text", "x"}});
    sink_.deliver(printed);
    const auto batch = outbox_->take();
    ASSERT_EQ(batch.messages.size(), 1U);
    EXPECT_EQ(batch.messages[0].message, printed);
    EXPECT_EQ(batch.messages[0].channel, protocol::Channel::iopub);
    EXPECT_EQ(*batch.messages[0].head, std::vector<std::string>{"session.stream"});
}

TEST_F(IopubSinkTest, LeavesItToOthersToCallAKernelDead) {
    for (const char* state : {"dead", "idle"}) sink_.deliver(message(MsgType::status, {{"execution_state", state}}));
    EXPECT_EQ(outbox_->take().messages.size(), 1U);
    EXPECT_FALSE(ended_);
    sink_.kernel_ended();
    EXPECT_TRUE(ended_);
}

TEST_F(IopubSinkTest, CountsAsAConnectionWhileItIsHeard) {
    EXPECT_EQ(sink_.connections(), 0U);
    heard_ = true;
    EXPECT_EQ(sink_.connections(), 1U);
}

}  // namespace
}  // namespace corncob::server
