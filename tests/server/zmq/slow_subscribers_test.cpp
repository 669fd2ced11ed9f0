#include "server/zmq/slow_subscribers.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "server/zmq/iopub_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::server {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;

/// A subscriber of each topic, which has room or has not.
class SlowSubscribersTest : public testing::Test {
 protected:
    static ZmqOutgoing message(const std::string& topic, const std::string& text) {
        return {std::make_shared<const protocol::wire::EncodedMessage>(
                    tests::request(protocol::MsgType::stream, text, {{"text", text}})),
                protocol::Channel::iopub, iopub_topic(topic, protocol::MsgType::stream)};
    }
    static std::string text(const ZmqOutgoing& outgoing) {
        return outgoing.head->front() + " " + outgoing.message->message().header.msg_id.str();
    }
    Texts send(const std::vector<ZmqOutgoing>& messages = {}) {
        got_.clear();
        waiting_.insert(waiting_.end(), messages.begin(), messages.end());
        for (ZmqOutgoing& each : std::exchange(waiting_, {})) {
            if (!slow_.send(each, now_)) waiting_.push_back(std::move(each));
        }
        slow_.end_round();
        return got_;
    }
    void fill(const std::string& topic) { full_.insert(topic + ".stream"); }

    /// As ZMQ: who has missed a message gets none until it has read.
    void reads(const std::string& topic) {
        full_.erase(topic + ".stream");
        passed_over_.erase(topic + ".stream");
    }

    std::set<std::string> full_, passed_over_;
    Texts got_;
    Texts lost_patience_;
    std::deque<ZmqOutgoing> waiting_;
    SlowSubscribers::Time now_;
    SlowSubscribers slow_{{[this](const ZmqOutgoing& each) {
                               if (passed_over_.contains(each.head->front())) return true;
                               if (full_.contains(each.head->front())) return false;
                               got_.push_back(text(each));
                               return true;
                           },
                           [this](const ZmqOutgoing& each) { passed_over_.insert(each.head->front()); },
                           [](const ZmqOutgoing& last) {
                               const std::string& topic = last.head->front();
                               return message(topic.substr(0, topic.rfind('.')), "some missed");
                           },
                           [this](const std::string& topic) { lost_patience_.push_back(topic); }},
                          seconds(10)};
};

TEST_F(SlowSubscribersTest, WhoHasRoomGetsEverything) {
    EXPECT_EQ(send({message("a", "1"), message("b", "2")}), (Texts{"a.stream 1", "b.stream 2"}));
    EXPECT_TRUE(waiting_.empty());
    EXPECT_FALSE(slow_.any());
}

TEST_F(SlowSubscribersTest, ATopicWaitsAndNoOther) {
    fill("a");
    EXPECT_EQ(send({message("a", "1"), message("b", "2"), message("a", "3")}), Texts{"b.stream 2"});
    EXPECT_EQ(waiting_.size(), 2U);
    EXPECT_TRUE(slow_.any());
    now_ += seconds(9);
    EXPECT_EQ(send({message("b", "4")}), Texts{"b.stream 4"});
    reads("a");
    EXPECT_EQ(send({message("a", "5")}), (Texts{"a.stream 1", "a.stream 3", "a.stream 5"}));
    EXPECT_TRUE(waiting_.empty());
    EXPECT_FALSE(slow_.any());
    EXPECT_TRUE(lost_patience_.empty());
}

TEST_F(SlowSubscribersTest, WhoIsTooSlowGoesWithoutAndHoldsUpNobody) {
    fill("a");
    send({message("a", "1"), message("a", "2")});
    now_ += seconds(10);
    EXPECT_EQ(send({message("a", "3"), message("b", "4")}), Texts{"b.stream 4"});
    EXPECT_TRUE(waiting_.empty());
    EXPECT_EQ(lost_patience_, Texts{"a"});
    EXPECT_FALSE(slow_.any());
}

TEST_F(SlowSubscribersTest, IsToldOnceItReadsWheneverThatIs) {
    fill("a");
    send({message("a", "1")});
    now_ += seconds(10);
    send();
    EXPECT_EQ(send({message("a", "2")}), Texts{});
    for (int i = 0; i < 100; ++i) {
        now_ += seconds(1);
        EXPECT_EQ(send({message("a", "3"), message("b", "4")}), Texts{"b.stream 4"});
    }
    reads("a");
    const auto away = seconds(100);
    now_ += away;
    EXPECT_EQ(send({message("a", "5")}), (Texts{"a.stream some missed", "a.stream 5"}));
    EXPECT_EQ(send({message("a", "6")}), Texts{"a.stream 6"});
}

TEST_F(SlowSubscribersTest, TheLastReminderComesAfterALongTime) {
    fill("a");
    send({message("a", "1")});
    now_ += seconds(10);
    send();
    reads("a");
    std::size_t told = 0;
    for (int i = 0; i < 24 * 60; ++i) {
        now_ += std::chrono::minutes(1);
        told += send({message("a", "2")}).size() - 1;
    }
    EXPECT_GT(told, 5U);
    EXPECT_LT(told, 15U);
}

TEST_F(SlowSubscribersTest, PatienceBeginsAnewWithEveryLag) {
    fill("a");
    send({message("a", "1")});
    now_ += seconds(10);
    send();
    reads("a");
    fill("a");
    EXPECT_EQ(send({message("a", "2")}), Texts{});
    EXPECT_EQ(waiting_.size(), 1U);
    slow_.hurry();
    send();
    EXPECT_TRUE(waiting_.empty());
    EXPECT_EQ(lost_patience_, (Texts{"a", "a"}));
}

}  // namespace
}  // namespace corncob::server
