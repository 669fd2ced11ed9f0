#include "tenants/output_buffer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/recording_events.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;
using tests::RecordingEvents;
using Kind = RecordingEvents::Kind;

SharedRequest cell(const std::string& id) {
    return std::make_shared<const Request>(Request{tests::execute(id, ""), {}});
}

class OutputBufferTest : public testing::Test {
 protected:
    /// "stream a out", "reply a", ... in the order they were handed on.
    std::vector<std::string> handed_on() const {
        std::vector<std::string> lines;
        for (const auto& event : events_->all()) {
            std::string line = event.kind == Kind::output          ? std::string(wire_name(event.msg_type))
                               : event.kind == Kind::reply         ? "reply"
                               : event.kind == Kind::input_request ? "input_request"
                                                                   : "ended";
            line += " " + event.msg_id;
            if (event.msg_type == MsgType::stream && event.kind == Kind::output) {
                line += " " + event.content["name"].get<std::string>() + ":" + event.content["text"].get<std::string>();
            }
            lines.push_back(line);
        }
        return lines;
    }

    Housekeeper keeper_;
    std::shared_ptr<RecordingEvents> events_ = std::make_shared<RecordingEvents>();
    std::shared_ptr<OutputBuffer> buffer_ = std::make_shared<OutputBuffer>(events_, keeper_);
    SharedRequest a_ = cell("a");
    SharedRequest b_ = cell("b");
};

TEST_F(OutputBufferTest, WhatWaitsIsHandedOnBeforeAnythingElse) {
    buffer_->write(a_, "stdout", "1");
    buffer_->publish(a_, {MsgType::display_data, "{}", "{}", {}});
    buffer_->write(a_, "stderr", "2");
    buffer_->input_request(a_, "{}");
    buffer_->write(a_, "stdout", "3");
    buffer_->reply(a_, {"{}", "{}", false, false});
    EXPECT_EQ(handed_on(), (std::vector<std::string>{"stream a stdout:1", "display_data a", "stream a stderr:2",
                                                     "input_request a", "stream a stdout:3", "reply a"}));
}

TEST_F(OutputBufferTest, ThatTheKernelIsReadyIsHandedOn) {
    buffer_->ready();
    EXPECT_EQ(events_->readies(), 1U);
    buffer_->close();
    buffer_->ready();
    EXPECT_EQ(events_->readies(), 1U) << "nothing is, once it is closed";
}

TEST_F(OutputBufferTest, TextOfOneStreamIsGathered) {
    // The timer may cut the text in two on a busy machine, but never into a message a write.
    for (int i = 0; i < 1000; ++i) buffer_->write(a_, "stdout", "x");
    buffer_->flush();
    EXPECT_EQ(events_->text("a"), std::string(1000, 'x'));
    EXPECT_LT(events_->all().size(), 100U);
}

TEST_F(OutputBufferTest, StreamsAndCellsAreKeptApartInTheOrderOfTheWrites) {
    buffer_->write(a_, "stdout", "1");
    buffer_->write(a_, "stderr", "2");
    buffer_->write(b_, "stderr", "3");
    buffer_->write(a_, "stdout", "4");
    buffer_->write(nullptr, "stdout", "5");
    buffer_->flush();
    EXPECT_EQ(handed_on(), (std::vector<std::string>{"stream a stdout:1", "stream a stderr:2", "stream b stderr:3",
                                                     "stream a stdout:4", "stream  stdout:5"}));
}

TEST_F(OutputBufferTest, TextDoesNotWaitForMoreForEver) {
    buffer_->write(a_, "stdout", "alone");
    EXPECT_TRUE(events_->wait_for([](const auto& event) { return event.msg_type == MsgType::stream; }));
    buffer_->write(a_, "stdout", "again");
    EXPECT_TRUE(events_->wait_for([](const auto& event) { return event.content["text"] == "again"; }));
}

TEST_F(OutputBufferTest, AFullMessageDoesNotWaitAtAll) {
    buffer_->write(a_, "stdout", std::string(kStreamMessageBytesMax, 'x'));
    EXPECT_EQ(events_->all().size(), 1U);
    EXPECT_EQ(events_->text("a").size(), kStreamMessageBytesMax);
}

TEST_F(OutputBufferTest, TextIsEscapedAsJson) {
    const std::string text = "quote \" backslash \\ newline \n nul " + std::string(1, '\0') + " snow \xe2\x98\x83";
    buffer_->write(a_, "stdout", text);
    buffer_->flush();
    EXPECT_EQ(events_->text("a"), text);
}

TEST_F(OutputBufferTest, NothingIsLostOrMixedUnderManyThreads) {
    constexpr int kWrites = 3000;
    std::vector<SharedRequest> cells;
    for (int i = 0; i < 4; ++i) cells.push_back(cell("t" + std::to_string(i)));
    {
        std::vector<std::jthread> threads;
        for (const SharedRequest& mine : cells) {
            threads.emplace_back([this, mine] {
                for (int i = 0; i < kWrites; ++i) {
                    buffer_->write(mine, "stdout", std::to_string(i) + "\n");
                    if (i % 100 == 0) buffer_->publish(mine, {MsgType::display_data, "{}", "{}", {}});
                }
            });
        }
    }
    buffer_->flush();
    std::string expected;
    for (int i = 0; i < kWrites; ++i) expected += std::to_string(i) + "\n";
    for (const SharedRequest& each : cells) EXPECT_EQ(events_->text(each->message.header.msg_id.str()), expected);
}

TEST_F(OutputBufferTest, HandsOnHowCellsAreToRun) {
    buffer_->set_modes(a_, {.cache = false, .concurrent = true, .react = true});
    ASSERT_EQ(events_->all().size(), 1U);
    EXPECT_EQ(events_->all().front().msg_id, "a");
    EXPECT_EQ(events_->all().front().content,
              (nlohmann::json{{"cache", false}, {"concurrent", true}, {"react", true}}));
}

TEST_F(OutputBufferTest, CloseFlushesAndThenThereIsSilence) {
    buffer_->write(a_, "stdout", "last");
    buffer_->close();
    EXPECT_EQ(handed_on(), std::vector<std::string>{"stream a stdout:last"});
    buffer_->write(a_, "stdout", std::string(kStreamMessageBytesMax + 1, 'x'));
    buffer_->publish(a_, {MsgType::display_data, "{}", "{}", {}});
    buffer_->reply(a_, {"{}", "{}", false, false});
    buffer_->input_request(a_, "{}");
    buffer_->close();
    EXPECT_EQ(handed_on().size(), 1U);
    EXPECT_EQ(events_.use_count(), 1);  // whoever listened is let go
}

TEST_F(OutputBufferTest, AFlushThatIsDueAfterTheBufferIsGoneMeetsNobody) {
    buffer_->write(a_, "stdout", "x");
    buffer_.reset();
    tests::Gate later;
    keeper_.post_after(2 * kStreamFlushDelay, [&later] { later.open(); });
    EXPECT_TRUE(later.wait_open());
    EXPECT_EQ(events_.use_count(), 1);
}

}  // namespace
}  // namespace corncob::tenants
