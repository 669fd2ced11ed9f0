#include "server/attach/attach_wire.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

AttachMessage taken(std::string& bytes) {
    auto message = take_message(bytes);
    EXPECT_TRUE(message && *message);
    return message && *message ? **message : AttachMessage{};
}

AttachErrc errc_of(std::string bytes) {
    const auto message = take_message(bytes);
    EXPECT_TRUE(message.has_error());
    return message.has_error() ? message.error().code : AttachErrc{};
}

TEST(AttachWire, TakesMessagesOneByOneAsTheyCome) {
    std::string bytes;
    const std::string sent = encode({AttachWord::interrupt}) + encode({AttachWord::ended, {"1", "", "two\n"}});
    const std::size_t first = encode({AttachWord::interrupt}).size();
    std::vector<AttachMessage> got;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        bytes += sent[i];
        const auto message = take_message(bytes);
        ASSERT_TRUE(message);
        EXPECT_EQ(message->has_value(), i + 1 == first || i + 1 == sent.size()) << i;
        if (*message) got.push_back(**message);
    }
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].word, AttachWord::interrupt);
    EXPECT_TRUE(got[0].fields.empty());
    EXPECT_EQ(got[1].word, AttachWord::ended);
    EXPECT_EQ(got[1].fields, (std::vector<std::string>{"1", "", "two\n"}));
    EXPECT_TRUE(bytes.empty());
}

TEST(AttachWire, RefusesWhatIsNoMessage) {
    EXPECT_EQ(errc_of("\xff\xff\xff\xff"), AttachErrc::too_long);
    EXPECT_EQ(errc_of(std::string("\0\0\0\0", 4)), AttachErrc::malformed);
    EXPECT_EQ(errc_of(std::string("\1\0\0\0\0", 5)), AttachErrc::malformed);
    EXPECT_EQ(errc_of(std::string("\1\0\0\0\7", 5)), AttachErrc::malformed);
    EXPECT_EQ(errc_of(std::string("\1\0\0\0\xff", 5)), AttachErrc::malformed);
    EXPECT_EQ(errc_of(std::string("\3\0\0\0\1ab", 7)), AttachErrc::malformed) << "a field without its end";
}

TEST(AttachWire, ARequestComesBackAsItWas) {
    const AttachRequest request{"/run/kernel.json", R"({"key": ""})", "cache-react", "/srv", {{"A", "b=c"}, {"B", ""}}};
    std::string bytes = encode(to_message(request));
    const auto back = to_request(taken(bytes));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->connection_file, request.connection_file);
    EXPECT_EQ(back->connection_text, request.connection_text);
    EXPECT_EQ(back->modes, request.modes);
    EXPECT_EQ(back->working_dir, request.working_dir);
    EXPECT_EQ(back->env, request.env);
}

TEST(AttachWire, RefusesWhatIsNoRequest) {
    EXPECT_TRUE(to_request({AttachWord::end}).has_error());
    EXPECT_TRUE(to_request({AttachWord::serve, {"a", "b", "c"}}).has_error());
    EXPECT_TRUE(to_request({AttachWord::serve, {"a", "b", "c", "d", "no variable"}}).has_error());
    EXPECT_TRUE(to_request({AttachWord::serve, {"a", "b", "c", "d", "=no name"}}).has_error());
    EXPECT_TRUE(to_request({AttachWord::end, {"a", "b", "c", "d"}}).has_error());
}

}  // namespace
}  // namespace corncob::server
