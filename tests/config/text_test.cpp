#include "config/text.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace corncob::config {
namespace {

TEST(Text, TakesUtf8AndNothingElse) {
    for (const char* good : {"", "plain", "Gr\xC3\xBC\xC3\x9F", "\xE2\x82\xAC", "\xF0\x9F\x8C\xBD"}) {
        EXPECT_EQ(text_complaint(good), std::nullopt) << good;
    }
    const std::vector<std::string> bad = {
        "\x80",              // a continuation without a beginning
        "\xC3",              // cut off
        "\xC3(",             // not continued
        "\xC0\xAF",          // overlong, two bytes
        "\xE0\x80\xAF",      // overlong, three bytes
        "\xF0\x80\x80\xAF",  // overlong, four bytes
        "\xED\xA0\x80",      // a surrogate
        "\xF4\x90\x80\x80",  // beyond U+10FFFF
        "\xFF",
    };
    for (const std::string& text : bad)
        EXPECT_EQ(text_complaint("a" + text), "is not UTF-8") << testing::PrintToString(text);
}

TEST(Text, RefusesControlCharactersAndExcess) {
    EXPECT_EQ(text_complaint("a\nb"), "holds a control character");
    EXPECT_EQ(text_complaint(std::string_view("a\0b", 3)), "holds a control character");
    EXPECT_EQ(text_complaint("\x7F"), "holds a control character");
    EXPECT_EQ(text_complaint(std::string(kTextBytesMax, 'x')), std::nullopt);
    EXPECT_EQ(text_complaint(std::string(kTextBytesMax + 1, 'x')), "has 4097 bytes; at most 4096 are allowed");
}

TEST(Text, QuotesWhatCanBeShown) {
    EXPECT_EQ(shown("abc"), "'abc'");
    EXPECT_EQ(shown("a\x1B[31m"), "what is given");
    EXPECT_EQ(shown(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
    // Never cut within a character.
    EXPECT_EQ(shown(std::string(59, 'x') + "\xE2\x82\xAC"), "'" + std::string(59, 'x') + "...'");
}

TEST(Text, FindsTheNearestWord) {
    const std::vector<std::string> words = {"port", "ip", "base_url", "drain_timeout_seconds"};
    EXPECT_EQ(nearest("prot", words), "port");
    EXPECT_EQ(nearest("base-url", words), "base_url");
    EXPECT_EQ(nearest("drain_timeout", words), "drain_timeout_seconds");
    EXPECT_EQ(nearest("colour", words), std::nullopt);
    EXPECT_EQ(nearest(std::string(5000, 'p'), words), std::nullopt);
    EXPECT_EQ(nearest("port", {}), std::nullopt);
}

TEST(Text, KnowsVariableNames) {
    EXPECT_TRUE(is_variable_name("_A1"));
    for (const char* bad : {"", "1A", "A-B", "A=B", "A B"}) EXPECT_FALSE(is_variable_name(bad)) << bad;
}

TEST(Text, KnowsMoments) {
    for (const char* good : {"2027-01-31T00:00:00Z", "2028-02-29T23:59:59+05:30", "2027-12-01T12:00:00-11:00"}) {
        EXPECT_TRUE(parse_moment(good)) << good;
    }
    for (const char* bad : {"", "2027-01-31", "2027-01-31T00:00:00", "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z",
                            "2027-00-10T00:00:00Z", "2027-01-31 00:00:00Z", "2027-01-31T24:00:00Z",
                            "2027-01-31T00:60:00Z", "2027-01-31T00:00:00+1:00", "2027-01-31T00:00:00+24:00",
                            "2027-01-31T00:00:00Zx", "20x7-01-31T00:00:00Z", "never"}) {
        EXPECT_FALSE(parse_moment(bad)) << bad;
    }
    EXPECT_EQ(parse_moment("1970-01-02T00:00:01Z"), std::chrono::sys_seconds(std::chrono::seconds(86401)));
    EXPECT_EQ(parse_moment("2027-12-01T12:00:00-11:30"), parse_moment("2027-12-01T23:30:00Z"));
    EXPECT_EQ(parse_moment("2028-01-01T01:00:00+05:30"), parse_moment("2027-12-31T19:30:00Z"));
}

}  // namespace
}  // namespace corncob::config
