#include "tenants/message_factory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;

TEST(MessageFactory, MakesAMessageThatAClientCanRead) {
    tests::FakeClock clock;
    MessageFactory factory(clock);
    const std::string parent = R"({"msg_id":"a" , "session":"s","msg_type":"execute_request","odd":1})";
    const auto shared =
        factory.make(Channel::iopub, MsgType::display_data, parent, R"({"x":1})", R"({"m":2})", {"one", "two"});
    const protocol::Message& message = shared->message();
    EXPECT_EQ(message.channel, Channel::iopub);
    EXPECT_EQ(message.parent_header_json, parent);  // byte for byte
    EXPECT_EQ(message.content_json, R"({"x":1})");
    EXPECT_EQ(message.metadata_json, R"({"m":2})");
    EXPECT_EQ(message.buffers, (std::vector<std::string>{"one", "two"}));
    const auto header = protocol::parse_header(message.header_json);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->msg_type, MsgType::display_data);
    EXPECT_EQ(header->version, protocol::kProtocolVersion);
    EXPECT_EQ(header->session, message.header.session);
    EXPECT_TRUE(header->date.starts_with("2023-11-14T22:13:20")) << header->date;  // the clock's 1'700'000'000
}

TEST(MessageFactory, SessionIsTheKernels) {
    const SystemClock clock;
    MessageFactory one(clock);
    MessageFactory two(clock);
    const auto session_of = [](MessageFactory& factory) {
        return factory.make(Channel::iopub, MsgType::status, "{}", "{}")->message().header.session;
    };
    EXPECT_EQ(session_of(one), session_of(one));
    EXPECT_NE(session_of(one), session_of(two));
    EXPECT_FALSE(session_of(one).empty());
}

TEST(MessageFactory, MsgIdsAreUniqueAcrossThreads) {
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kMessages = 500;
    const SystemClock clock;
    MessageFactory factory(clock);
    std::vector<std::vector<std::string>> made(kThreads);
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&factory, &ids] {
                for (std::size_t i = 0; i < kMessages; ++i) {
                    ids.push_back(
                        factory.make(Channel::iopub, MsgType::status, "{}", "{}")->message().header.msg_id.str());
                }
            });
        }
    }
    std::set<std::string> unique;
    for (const auto& ids : made) unique.insert(ids.begin(), ids.end());
    EXPECT_EQ(unique.size(), kThreads * kMessages);
}

}  // namespace
}  // namespace corncob::tenants
