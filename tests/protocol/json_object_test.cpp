#include "protocol/json_object.hpp"

#include <array>

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol {
namespace {

TEST(JsonObject, CheckTakesWhatIsBetweenBraces) {
    EXPECT_TRUE(check_json_object("{}", "content"));
    EXPECT_TRUE(check_json_object(" \r\n\t{\"a\": 1} \n", "content"));
    EXPECT_TRUE(check_json_object(nested_object(kJsonDepthMax), "content"));
}

TEST(JsonObject, CheckNamesWhatIsWrong) {
    expect_failure(check_json_object("", "content"), Errc::bad_json, "content is empty");
    expect_failure(check_json_object(" \n", "content"), Errc::bad_json, "content is empty");
    expect_failure(check_json_object("{\"a\":\"\xFF\"}", "metadata"), Errc::bad_utf8,
                   "metadata is not UTF-8 at byte 6");
    for (const std::string_view text : {"[]", "null", "{", "}", "{}x", "\xEF\xBB\xBF{}"}) {
        expect_failure(check_json_object(text, "content"), Errc::not_an_object, "content is not a JSON object");
    }
    expect_failure(check_json_object(nested_object(kJsonDepthMax + 1), "content"), Errc::too_deep, "512");
}

TEST(JsonObject, ReadsTheMembersWanted) {
    const std::string_view text =
        R"( {"o" : {"x":[1,2 ],"o":{}} ,"a":[ ],"s":"gr\u00fc\n","n":null,"t":true,"i":-1,"f":1.5,"rest":{}} )";
    std::array<JsonMember, 8> members{{{"o"}, {"a"}, {"s"}, {"n"}, {"t"}, {"i"}, {"f"}, {"none"}}};
    ASSERT_TRUE(read_members(text, members, "it"));
    EXPECT_EQ(members[0].kind, JsonKind::object);
    EXPECT_EQ(members[0].text, R"({"x":[1,2 ],"o":{}})");
    EXPECT_EQ(members[1].kind, JsonKind::array);
    EXPECT_EQ(members[1].text, "[ ]");
    EXPECT_EQ(members[2].kind, JsonKind::string);
    EXPECT_EQ(members[2].string, "grü\n");
    EXPECT_EQ(members[3].kind, JsonKind::null);
    for (const std::size_t i : {4U, 5U, 6U}) EXPECT_EQ(members[i].kind, JsonKind::other) << i;
    EXPECT_EQ(members[7].kind, JsonKind::absent);
    EXPECT_TRUE(members[3].empty());
    EXPECT_TRUE(members[7].empty());
}

// The parser has read one byte beyond a number when it reports it; the slice around must not show that.
TEST(JsonObject, SlicesEndAtTheirBracketBehindNumbersToo) {
    std::array<JsonMember, 2> members{{{"a"}, {"b"}}};
    ASSERT_TRUE(read_members(R"({"a":{"n":12},"b":[1.5e3]})", members, "it"));
    EXPECT_EQ(members[0].text, R"({"n":12})");
    EXPECT_EQ(members[1].text, "[1.5e3]");
    ASSERT_TRUE(read_members("{\"a\":{\"n\":12 }\n,\"b\":[1,[2]]}", members, "it"));
    EXPECT_EQ(members[0].text, "{\"n\":12 }");
    EXPECT_EQ(members[1].text, "[1,[2]]");
}

TEST(JsonObject, TheLastOfAKeyGivenTwiceCounts) {
    std::array<JsonMember, 1> members{{{"a"}}};
    ASSERT_TRUE(read_members(R"({"a":"text","a":{"b":1}})", members, "it"));
    EXPECT_EQ(members[0].kind, JsonKind::object);
    EXPECT_EQ(members[0].text, R"({"b":1})");
    EXPECT_EQ(members[0].string, "");
    ASSERT_TRUE(read_members(R"({"a":{},"a":null})", members, "it"));
    EXPECT_TRUE(members[0].empty());
}

TEST(JsonObject, KeysOfInnerObjectsAreNotTheWantedOnes) {
    std::array<JsonMember, 1> members{{{"a"}}};
    ASSERT_TRUE(read_members(R"({"b":{"a":"inner"},"c":[{"a":1}]})", members, "it"));
    EXPECT_EQ(members[0].kind, JsonKind::absent);
}

TEST(JsonObject, ReadFailsWithoutQuotingTheText) {
    std::array<JsonMember, 1> members{{{"a"}}};
    for (const std::string_view text : {"", "{", "{\"a\":}", "{\"a\":1}}", "{} {}", "{a:1}", "{\"a\":secret}",
                                        "{\"a\":NaN}", "{\"a\":\"\x01\"}", "{\"a\":1e999}"}) {
        const auto read = read_members(text, members, "header");
        expect_failure(read, Errc::bad_json, "header is not JSON at byte");
        EXPECT_EQ(read.error().detail.find("secret"), std::string::npos);
    }
    for (const std::string_view text : {"[]", "1", "null", "\"a\"", "true"}) {
        expect_failure(read_members(text, members, "header"), Errc::not_an_object, "header");
    }
}

TEST(JsonObject, DepthHasALimit) {
    std::array<JsonMember, 1> members{{{"a"}}};
    EXPECT_TRUE(read_members(nested_object(kJsonDepthMax), members, "it"));
    expect_failure(read_members(nested_object(kJsonDepthMax + 1), members, "it"), Errc::too_deep, "512");
    expect_failure(read_members(nested_object(2'000'000), members, "it"), Errc::too_deep, "512");
}

}  // namespace
}  // namespace corncob::protocol
