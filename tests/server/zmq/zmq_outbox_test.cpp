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
    ASSERT_EQ(batch.gaps.size(), 1U);
    EXPECT_EQ(batch.gaps[0].dropped, 2U);
    EXPECT_EQ(batch.gaps[0].last, lost.message);
    outbox.push(outgoing(MsgType::stream));
    batch = outbox.take();
    EXPECT_EQ(batch.messages.size(), 1U);
    EXPECT_TRUE(batch.gaps.empty());
}

TEST(ZmqOutbox, CountsTheGapsOfEveryRequestApart) {
    ZmqOutbox outbox(1, [] {});
    outbox.push(outgoing(MsgType::stream));
    const auto drop = [&](std::size_t parent) {
        protocol::Message message;
        message.header.msg_type = MsgType::stream;
        message.parent_header_json = std::to_string(parent);
        outbox.push({std::make_shared<const protocol::wire::EncodedMessage>(std::move(message)),
                     protocol::Channel::iopub, nullptr});
    };
    for (const std::size_t parent : {1U, 2U, 1U}) drop(parent);
    auto gaps = outbox.take().gaps;
    ASSERT_EQ(gaps.size(), 2U);
    EXPECT_EQ(gaps[0].dropped, 2U);
    EXPECT_EQ(gaps[1].last->message().parent_header_json, "2");
    outbox.push(outgoing(MsgType::stream));
    for (std::size_t parent = 0; parent < kGapsMax + 5; ++parent) drop(parent);
    gaps = outbox.take().gaps;
    ASSERT_EQ(gaps.size(), kGapsMax);
    EXPECT_EQ(gaps.back().dropped, 6U);
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

TEST(ZmqOutbox, WhatIsPutBackComesFirst) {
    ZmqOutbox outbox(800, [] {});
    const auto first = outgoing(MsgType::stream, 200);
    const auto second = outgoing(MsgType::stream, 10);
    outbox.push(first);
    auto batch = outbox.take();
    EXPECT_TRUE(batch.relieved);
    outbox.push(second);
    outbox.put_back(std::move(batch.messages));
    EXPECT_EQ(outbox.queued_bytes(), 210U);
    EXPECT_TRUE(outbox.congested()) << "what waits for a slow subscriber makes cells wait";
    batch = outbox.take();
    ASSERT_EQ(batch.messages.size(), 2U);
    EXPECT_EQ(batch.messages[0].message, first.message);
    EXPECT_EQ(batch.messages[1].message, second.message);
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
    EXPECT_TRUE(batch.gaps.empty());
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
