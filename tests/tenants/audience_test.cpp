#include "tenants/audience.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;
using Sink = std::shared_ptr<tests::RecordingSink>;
using Texts = std::vector<std::string>;

class AudienceTest : public testing::Test {
 protected:
    static constexpr std::size_t kBytesMax = 100'000;

    Sink join(const std::string& session, const std::string& principal = "ada") {
        auto sink = std::make_shared<tests::RecordingSink>();
        audience_.join(sink, {principal, session});
        return sink;
    }
    void leave(const Sink& sink) { audience_.leave(sink.get()); }
    /// The network is gone, though the connection is not: nothing arrives any more.
    static void lose_network(const Sink& sink) { sink->confirms_up_to = sink->confirmed(); }

    std::uint64_t print(const std::string& text, ClientNumber asker = 0, std::size_t bytes = 0) {
        return publish(MsgType::stream, {{"text", text}, {"more", std::string(bytes, 'x')}}, asker);
    }
    void status(const std::string& state, ClientNumber asker) {
        publish(MsgType::status, {{"execution_state", state}}, asker);
    }
    void reply(const std::string& text, ClientNumber client, const Sink& origin = nullptr) {
        audience_.answer(
            messages_.make(Channel::shell, MsgType::execute_reply, kParent, nlohmann::json{{"text", text}}.dump()),
            client, origin);
    }
    /// "text" of outputs and replies, or the state, in the order of arrival.
    static Texts heard(const Sink& sink) {
        Texts texts;
        for (const auto& each : sink->seen()) {
            texts.push_back(each.content.contains("text") ? each.content["text"].get<std::string>()
                                                          : each.content["execution_state"].get<std::string>());
        }
        return texts;
    }

    static constexpr const char* kParent = R"({"msg_id":"cell"})";
    tests::FakeClock clock_;
    MessageFactory messages_{clock_};
    std::size_t lost_ = 0;  // as told
    Audience audience_{messages_, kBytesMax, [this](std::size_t messages) { lost_ += messages; }};

 private:
    std::uint64_t publish(MsgType type, const nlohmann::json& content, ClientNumber asker) {
        const auto message = messages_.make(Channel::iopub, type, kParent, content.dump());
        audience_.publish(message, asker);
        return message->position();
    }
};

TEST_F(AudienceTest, AClientThatComesBackGetsWhatItMissedOnce) {
    const auto first = join("s");
    print("1");
    leave(first);
    print("2");
    print("3");
    const auto again = join("s");
    EXPECT_EQ(heard(again), (Texts{"2", "3"}));
    print("4");
    EXPECT_EQ(heard(again), (Texts{"2", "3", "4"}));
    EXPECT_EQ(heard(first), Texts{"1"});
    leave(again);
    EXPECT_EQ(heard(join("s")), Texts{});
}

TEST_F(AudienceTest, WhatWasSentButNotConfirmedIsMissedToo) {
    const auto first = join("s");
    print("1");
    lose_network(first);
    print("2");
    leave(first);
    print("3");
    EXPECT_EQ(heard(join("s")), (Texts{"2", "3"}));
}

TEST_F(AudienceTest, AConnectionThatIsStillOpenIsReplaced) {
    const auto stale = join("s");
    print("1");
    lose_network(stale);
    print("2");
    const auto again = join("s");
    EXPECT_EQ(heard(again), Texts{"2"});
    EXPECT_EQ(audience_.connected(), 1U);
    leave(stale);
    print("3");
    EXPECT_EQ(heard(again), (Texts{"2", "3"}));
    EXPECT_EQ(heard(stale), (Texts{"1", "2"}));
}

TEST_F(AudienceTest, CountsTheClientsThatASinkStandsFor) {
    const auto one = join("s");
    const auto none = std::make_shared<tests::RecordingSink>();
    none->clients = 0;
    audience_.join(none, {});
    EXPECT_EQ(audience_.connected(), 1U);
    leave(one);
    EXPECT_EQ(audience_.connected(), 0U);
}

TEST_F(AudienceTest, ANewSessionTakesOverWhatItsPrincipalDroppedLast) {
    const auto early = join("early");
    const auto late = join("late");
    print("1");
    leave(early);
    print("2");
    leave(late);
    print("3");
    EXPECT_EQ(heard(join("new")), Texts{"3"});
    EXPECT_EQ(heard(join("newer")), Texts{}) << "taken over already";
    EXPECT_EQ(heard(join("early")), (Texts{"2", "3"})) << "its own position";
    EXPECT_EQ(heard(join("late")), Texts{}) << "no longer its own";
}

TEST_F(AudienceTest, ASecondClientGetsNothingOld) {
    const auto first = join("s");
    lose_network(first);
    print("1");
    EXPECT_EQ(heard(join("t")), Texts{});
}

TEST_F(AudienceTest, NothingIsTakenOverFromAnotherPrincipal) {
    leave(join("s", "ada"));
    print("1");
    EXPECT_EQ(heard(join("t", "eve")), Texts{});
    EXPECT_EQ(heard(join("s", "eve")), Texts{}) << "nor by her session's name";
    EXPECT_EQ(heard(join("s", "ada")), Texts{"1"});
}

TEST_F(AudienceTest, AnswersWaitForTheirClient) {
    const auto asker = join("s");
    const ClientNumber number = audience_.number_of(asker.get());
    const auto other = join("t");
    leave(asker);
    print("1");
    reply("reply", number, asker);
    print("2");
    EXPECT_EQ(heard(other), (Texts{"1", "2"}));
    const auto again = join("s");
    EXPECT_EQ(heard(again), (Texts{"1", "reply", "2"}));
    EXPECT_EQ(audience_.number_of(again.get()), number);
    reply("next", number);
    EXPECT_EQ(heard(again).back(), "next") << "goes where its client is now";
    EXPECT_EQ(heard(asker), Texts{});
}

TEST_F(AudienceTest, AnswersOfAnUnknownClientGoToTheirOrigin) {
    const auto stranger = std::make_shared<tests::RecordingSink>();
    reply("reply", audience_.number_of(stranger.get()), stranger);
    reply("nobody's", 77);
    EXPECT_EQ(heard(stranger), Texts{"reply"});
    EXPECT_FALSE(audience_.listening());
}

TEST_F(AudienceTest, OfStatusesTheOwnPairsAndTheLastAreReplayed) {
    const auto asker = join("s");
    const ClientNumber own = audience_.number_of(asker.get());
    const ClientNumber other = audience_.number_of(join("t").get());
    leave(asker);
    status("busy", own);
    reply("reply", own);
    status("idle", own);
    status("busy", other);
    print("output", other);
    status("idle", other);
    status("busy", other);
    const auto again = join("s");
    EXPECT_EQ(heard(again), (Texts{"busy", "reply", "idle", "output", "busy"}));
}

TEST_F(AudienceTest, StatesOfTheKernelItselfAreNotCollapsed) {
    leave(join("s"));
    for (const char* state : {"restarting", "starting", "idle", "busy", "idle"}) status(state, 0);
    EXPECT_EQ(heard(join("s")), (Texts{"restarting", "starting", "idle"}));
}

TEST_F(AudienceTest, KeepsNothingWhenAllHaveConfirmed) {
    const auto first = join("s");
    const auto second = join("t");
    lose_network(second);
    print("1");
    audience_.release_confirmed();
    EXPECT_GT(audience_.kept_bytes(), 0U);
    second->confirms_up_to = ~std::uint64_t{0};
    audience_.release_confirmed();
    EXPECT_EQ(audience_.kept_bytes(), 0U);
    leave(first);
    leave(second);
    EXPECT_EQ(audience_.kept_bytes(), 0U);
}

TEST_F(AudienceTest, KeepsNothingForClientsWithoutASession) {
    const auto nameless = join("");
    lose_network(nameless);
    print("1");
    EXPECT_EQ(audience_.kept_bytes(), 0U);
    leave(nameless);
    EXPECT_FALSE(audience_.listening());
    EXPECT_EQ(heard(join("")), Texts{});
}

TEST_F(AudienceTest, WithoutAByteNobodyIsRemembered) {
    Audience audience(messages_, 0, {});
    const auto sink = std::make_shared<tests::RecordingSink>();
    audience.join(sink, {"ada", "s"});
    audience.leave(sink.get());
    EXPECT_FALSE(audience.listening());
}

TEST_F(AudienceTest, AnOverflowIsToldOnceInThePlaceOfWhatIsMissing) {
    const auto first = join("s");
    const ClientNumber own = audience_.number_of(first.get());
    leave(first);
    status("busy", own);
    for (int i = 0; i < 30; ++i) print(std::to_string(i), own, 10'000);
    reply("reply", own);
    status("idle", own);
    EXPECT_LE(audience_.kept_bytes(), kBytesMax);
    const auto again = join("s");
    const auto seen = again->seen();
    ASSERT_GT(seen.size(), 5U);
    EXPECT_EQ(seen[0].type, MsgType::stream);
    EXPECT_EQ(seen[0].content["name"], "stderr");
    EXPECT_EQ(seen[0].parent_msg_id, "cell");
    const Texts texts = heard(again);
    const std::size_t missing = 30 - (texts.size() - 4);  // besides the notice, busy, reply, idle
    EXPECT_TRUE(texts[0].starts_with("[corncob] " + std::to_string(missing) + " messages (")) << texts[0];
    EXPECT_EQ(lost_, missing);
    EXPECT_NE(texts[0].find("kernels.replay_bytes_max is 100000"), std::string::npos) << texts[0];
    EXPECT_EQ(texts[1], "busy");
    EXPECT_EQ(texts[2], std::to_string(missing));
    EXPECT_EQ(Texts(texts.end() - 3, texts.end()), (Texts{"29", "reply", "idle"}));
    leave(again);
    EXPECT_EQ(heard(join("s")), Texts{}) << "nor the notice again";
}

TEST_F(AudienceTest, AReaderLosesNothingByTheBound) {
    const auto reader = join("s");
    for (int i = 0; i < 100; ++i) print(std::to_string(i), 0, 10'000);
    EXPECT_LE(audience_.kept_bytes(), kBytesMax);
    leave(reader);
    EXPECT_EQ(heard(join("s")), Texts{});
    EXPECT_EQ(lost_, 0U);
}

TEST_F(AudienceTest, WhatAClientWillNeverGetIsToldOnce) {
    const auto first = join("s");
    lose_network(first);
    for (int i = 0; i < 20; ++i) print(std::to_string(i), 0, 10'000);
    EXPECT_EQ(lost_, 0U) << "it is connected, and all of it may yet arrive";
    leave(first);
    const std::size_t at_the_end = lost_;
    EXPECT_GT(at_the_end, 0U);
    print("20", 0, 10'000);
    EXPECT_EQ(lost_, at_the_end + 1);
    const auto again = join("s");
    EXPECT_TRUE(heard(again)[0].starts_with("[corncob] " + std::to_string(at_the_end + 1) + " messages ("));
    EXPECT_EQ(lost_, at_the_end + 1);
}

TEST_F(AudienceTest, ForeignStatusesDoNotPushOutputsOut) {
    leave(join("s"));
    print("kept");
    for (int i = 0; i < 1000; ++i) {
        status("busy", 77);
        status("idle", 77);
    }
    EXPECT_EQ(heard(join("s")), (Texts{"kept", "idle"}));
}

TEST_F(AudienceTest, OnlySoManyDroppedClientsAreRemembered) {
    for (std::size_t i = 0; i <= kDroppedClientsMax; ++i) leave(join("s" + std::to_string(i), "p" + std::to_string(i)));
    print("1");
    EXPECT_EQ(heard(join("s0", "p0")), Texts{}) << "dropped first";
    EXPECT_EQ(heard(join("s1", "p1")), Texts{"1"});
}

TEST_F(AudienceTest, ARestartLeavesNothingToReplay) {
    leave(join("s"));
    print("old");
    audience_.forget_messages();
    print("new");
    EXPECT_EQ(heard(join("s")), Texts{"new"});
}

TEST_F(AudienceTest, TheEndIsToldAndNobodyIsKept) {
    const auto client = join("s");
    leave(join("t"));
    audience_.end();
    EXPECT_TRUE(client->ended());
    EXPECT_EQ(client.use_count(), 1);
    EXPECT_FALSE(audience_.listening());
    EXPECT_EQ(audience_.kept_bytes(), 0U);
}

}  // namespace
}  // namespace corncob::tenants
