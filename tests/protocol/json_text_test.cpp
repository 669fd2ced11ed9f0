#include "protocol/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace corncob::protocol {
namespace {

TEST(JsonText, WellFormedUtf8) {
    for (const std::string_view text :
         {"", "plain ascii of more than eight bytes", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
          "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "1234567\xC3\xA4z"}) {
        EXPECT_TRUE(is_utf8(text)) << text;
    }
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(JsonText, MalformedUtf8) {
    for (const std::string_view text :
         {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xE2\x82", "\xE2\x82 ",
          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF0\x9F\x98 ", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
        EXPECT_FALSE(is_utf8(text)) << json_string(text);
        EXPECT_FALSE(is_utf8("12345678" + std::string(text))) << json_string(text);
    }
}

TEST(JsonText, BadByteIsFoundAtAnyAlignment) {
    for (std::size_t before = 0; before < 20; ++before) {
        const std::string text = std::string(before, 'x') + "\xFF" + std::string(20, 'y');
        EXPECT_EQ(utf8_prefix_bytes(text), before);
    }
}

TEST(JsonText, ReplacesBytesThatAreNotUtf8) {
    EXPECT_EQ(to_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(to_utf8("grün"), "grün");
}

TEST(JsonText, EscapesWhatJsonRequiresAndNoMore) {
    EXPECT_EQ(json_string(""), R"("")");
    EXPECT_EQ(json_string("a\"b\\c/d"), R"("a\"b\\c/d")");
    EXPECT_EQ(json_string("\b\f\n\r\t"), R"("\b\f\n\r\t")");
    EXPECT_EQ(json_string(std::string_view("\0\x1F\x7F", 3)), "\"\\u0000\\u001f\x7F\"");
    EXPECT_EQ(json_string("grüße 😀"), "\"grüße 😀\"");
    EXPECT_EQ(json_string("x\xFFy"), "\"x\xEF\xBF\xBDy\"");
}

TEST(JsonText, EveryByteAtEveryAlignmentReadsBack) {
    for (int byte = 0; byte < 0x80; ++byte) {
        for (std::size_t before = 0; before < 10; ++before) {
            const std::string text = std::string(before, 'x') + static_cast<char>(byte) + std::string(12, 'y');
            EXPECT_EQ(nlohmann::json::parse(json_string(text)).get<std::string>(), text) << byte << " " << before;
        }
    }
}

TEST(JsonText, AppendsBehindWhatIsThere) {
    std::string out = "{\"a\":";
    append_json_string(out, "b");
    EXPECT_EQ(out, "{\"a\":\"b\"");
}

TEST(JsonText, ExcerptIsShortAndKeepsCharactersWhole) {
    EXPECT_EQ(quoted_excerpt("short"), "\"short\"");
    EXPECT_EQ(quoted_excerpt(std::string(1000, 'x')), "\"" + std::string(64, 'x') + "\"...");
    EXPECT_EQ(quoted_excerpt(std::string(63, 'x') + "\xC3\xA4 and more"), "\"" + std::string(63, 'x') + "\"...");
}

TEST(JsonText, DepthIsCountedOutsideStrings) {
    EXPECT_FALSE(is_nested_deeper_than("{}", 1));
    EXPECT_TRUE(is_nested_deeper_than("{\"a\":[]}", 1));
    EXPECT_FALSE(is_nested_deeper_than("{\"a\":[]}", 2));
    EXPECT_FALSE(is_nested_deeper_than("[[],[],[],[]]", 2));
    EXPECT_FALSE(is_nested_deeper_than(R"({"a":"[[[[\"[[[["})", 1));
    EXPECT_TRUE(is_nested_deeper_than(R"({"a":"\\",  "b":[[]]})", 2));
    EXPECT_FALSE(is_nested_deeper_than("]]]]", 0));
    EXPECT_TRUE(is_nested_deeper_than(std::string(1'000'000, '['), 512));
    EXPECT_FALSE(is_nested_deeper_than("\"[\\", 0));
}

}  // namespace
}  // namespace corncob::protocol
