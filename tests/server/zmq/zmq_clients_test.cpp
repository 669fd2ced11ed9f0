#include "server/zmq/zmq_clients.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;

protocol::wire::SharedMessage message(MsgType type, Channel channel) {
    protocol::Message made;
    made.channel = channel;
    made.header.msg_type = type;
    return std::make_shared<const protocol::wire::EncodedMessage>(std::move(made));
}

class ZmqClientsTest : public testing::Test {
 protected:
    std::shared_ptr<ZmqOutbox> outbox_ = std::make_shared<ZmqOutbox>(1'000'000, [] {});
    ZmqClients clients_{outbox_, 3};
};

TEST_F(ZmqClientsTest, AnswersGoToWhoAskedOnTheChannelOfTheQuestion) {
    clients_.of({"a", "b"})->deliver(message(MsgType::execute_reply, Channel::shell));
    clients_.of({"c"})->deliver(message(MsgType::interrupt_reply, Channel::control));
    const auto batch = outbox_->take();
    ASSERT_EQ(batch.messages.size(), 2U);
    EXPECT_EQ(*batch.messages[0].head, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(batch.messages[0].channel, Channel::shell);
    EXPECT_EQ(*batch.messages[1].head, std::vector<std::string>{"c"});
    EXPECT_EQ(batch.messages[1].channel, Channel::control);
}

TEST_F(ZmqClientsTest, KnowsThemByAllTheirIdentities) {
    const auto first = clients_.of({"a", "b"});
    EXPECT_EQ(clients_.of({"a", "b"}), first);
    EXPECT_NE(clients_.of({"ab"}), first);
    EXPECT_NE(clients_.of({"a", "b", ""}), first);
}

TEST_F(ZmqClientsTest, ForgetsWhoWasQuietForLongest) {
    const auto a = clients_.of({"a"});
    const auto b = clients_.of({"b"});
    clients_.of({"c"});
    clients_.of({"a"});
    clients_.of({"d"});
    EXPECT_EQ(clients_.size(), 3U);
    EXPECT_EQ(clients_.of({"a"}), a);
    EXPECT_NE(clients_.of({"b"}), b);
}

TEST_F(ZmqClientsTest, ForgetsNobodyWhoWaitsForAReply) {
    const auto waiting = clients_.of({"waiting"});
    waiting->expect_reply();
    for (int i = 0; i < 10; ++i) clients_.of({std::to_string(i)});
    EXPECT_EQ(clients_.of({"waiting"}), waiting);
    waiting->deliver(message(MsgType::input_request, Channel::stdin_));
    for (int i = 0; i < 10; ++i) clients_.of({std::to_string(i)});
    EXPECT_EQ(clients_.of({"waiting"}), waiting) << "a question of ours is no reply";
    waiting->deliver(message(MsgType::execute_reply, Channel::shell));
    for (int i = 0; i < 10; ++i) clients_.of({std::to_string(i)});
    EXPECT_NE(clients_.of({"waiting"}), waiting);
    EXPECT_EQ(clients_.size(), 3U);
}

TEST_F(ZmqClientsTest, HoldsMoreThanItsBoundOnlyWhileAllWait) {
    for (int i = 0; i < 10; ++i) clients_.of({std::to_string(i)})->expect_reply();
    EXPECT_EQ(clients_.size(), 10U);
    for (int i = 0; i < 10; ++i) clients_.of({std::to_string(i)})->expect_no_reply();
    clients_.of({"one more"});
    EXPECT_EQ(clients_.size(), 3U);
}

}  // namespace
}  // namespace corncob::server
