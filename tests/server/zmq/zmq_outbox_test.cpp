#include "server/zmq/zmq_outbox.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using protocol::MsgType;

ZmqOutgoing outgoing(MsgType type, std::size_t bytes = 100) {
    protocol::Message message;
    message.header.msg_type = type;
    message.parent_header_json = "";
    message.metadata_json = "";
    message.content_json = std::string(bytes, 'x');
    return {std::make_shared<const protocol::wire::EncodedMessage>(std::move(message)), {}, nullptr};
}

TEST(ZmqOutbox, WakesOnceForAllThatWaits) {
    int woken = 0;
    ZmqOutbox outbox(1000, [&] { ++woken; });
    for (int i = 0; i < 3; ++i) outbox.push(outgoing(MsgType::stream));
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(outbox.queued_bytes(), 300U);
    EXPECT_EQ(outbox.take().messages.size(), 3U);
    EXPECT_EQ(outbox.queued_bytes(), 0U);
    EXPECT_TRUE(outbox.take().messages.empty());
    outbox.push(outgoing(MsgType::stream));
    EXPECT_EQ(woken, 2);
}

TEST(ZmqOutbox, DropsOutputsBeyondItsBoundAndCountsThem) {
    ZmqOutbox outbox(250, [] {});
    const auto lost = outgoing(MsgType::display_data);
    outbox.push(outgoing(MsgType::stream));
    outbox.push(outgoing(MsgType::display_data));
    outbox.push(outgoing(MsgType::update_display_data));
    outbox.push(lost);
    auto batch = outbox.take();
    EXPECT_EQ(batch.messages.size(), 2U);
    EXPECT_EQ(batch.dropped, 2U);
    EXPECT_EQ(batch.last_dropped, lost.message);
    outbox.push(outgoing(MsgType::stream));
    batch = outbox.take();
    EXPECT_EQ(batch.messages.size(), 1U);
    EXPECT_EQ(batch.dropped, 0U);
    EXPECT_EQ(batch.last_dropped, nullptr);
}

TEST(ZmqOutbox, IsCongestedWhileAnEighthOfItsBoundWaits) {
    ZmqOutbox outbox(800, [] {});
    outbox.push(outgoing(MsgType::stream, 100));
    EXPECT_FALSE(outbox.congested());
    outbox.push(outgoing(MsgType::stream, 1));
    EXPECT_TRUE(outbox.congested());
    EXPECT_TRUE(outbox.take().relieved);
    EXPECT_FALSE(outbox.congested());
    EXPECT_FALSE(outbox.take().relieved);
}

TEST(ZmqOutbox, DropsNothingThatAClientWaitsFor) {
    ZmqOutbox outbox(1, [] {});
    std::size_t pushed = 0;
    using enum MsgType;
    for (const MsgType type : {status, execute_reply, execute_input, execute_result, error, input_request, comm_msg,
                               clear_output, shutdown_reply, iopub_welcome}) {
        outbox.push(outgoing(type));
        ++pushed;
    }
    const auto batch = outbox.take();
    EXPECT_EQ(batch.messages.size(), pushed);
    EXPECT_EQ(batch.dropped, 0U);
}

TEST(ZmqOutbox, OneMessageMayBeLargerThanTheBound) {
    ZmqOutbox outbox(10, [] {});
    outbox.push(outgoing(MsgType::stream, 1000));
    EXPECT_EQ(outbox.take().messages.size(), 1U);
}

TEST(ZmqOutbox, TakesNothingOnceItIsClosed) {
    int woken = 0;
    ZmqOutbox outbox(1000, [&] { ++woken; });
    outbox.close();
    outbox.push(outgoing(MsgType::status));
    EXPECT_TRUE(outbox.take().messages.empty());
    EXPECT_EQ(woken, 0);
}

TEST(ZmqOutbox, KeepsTheOrderOfEachOfItsWriters) {
    constexpr int kThreads = 4;
    constexpr std::size_t kEach = 2000;
    std::atomic<int> woken = 0;
    ZmqOutbox outbox(1'000'000'000, [&] { ++woken; });
    std::vector<std::size_t> next(kThreads);
    std::size_t seen = 0;
    {
        std::vector<std::jthread> threads;
        for (int writer = 0; writer < kThreads; ++writer) {
            threads.emplace_back([&, writer] {
                for (std::size_t i = 0; i < kEach; ++i) {
                    auto each = outgoing(MsgType::status, 1 + i);
                    each.channel = static_cast<protocol::Channel>(writer);
                    outbox.push(std::move(each));
                }
            });
        }
        while (seen < kThreads * kEach) {
            for (const auto& each : outbox.take().messages) {
                const auto writer = static_cast<std::size_t>(each.channel);
                EXPECT_EQ(each.message->message().content_json.size(), ++next[writer]);
                ++seen;
            }
        }
    }
    EXPECT_GT(woken, 0);
}

}  // namespace
}  // namespace corncob::server
