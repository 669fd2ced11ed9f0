#include "server/http/url.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using Segments = std::vector<std::string_view>;

TEST(Url, DecodesPercentSequences) {
    EXPECT_EQ(percent_decode("a%20b%C3%bc"), "a b\xc3\xbc");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(Url, RefusesBrokenPercentSequences) {
    for (const char* text : {"%", "%2", "%zz", "a%2", "%%20"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Url, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("Az9-._~"), "Az9-._~");
    EXPECT_EQ(percent_encode("a/b c&\xff"), "a%2Fb%20c%26%FF");
    EXPECT_EQ(percent_decode(percent_encode("a/b?c=d&e\x01")), "a/b?c=d&e\x01");
}

TEST(Url, QueryGivesFirstValueDecoded) {
    const Query query("token=a%2Bb&x=1&x=2&flag&empty=&=nameless&&p+q=r+s");
    EXPECT_EQ(query.get("token"), "a+b");
    EXPECT_EQ(query.get("x"), "1");
    EXPECT_EQ(query.get("flag"), "");
    EXPECT_EQ(query.get("empty"), "");
    EXPECT_EQ(query.get("p q"), "r s");
    EXPECT_FALSE(query.get("absent"));
}

TEST(Url, QueryKeepsWhatCannotBeDecoded) {
    EXPECT_EQ(Query("a=%zz").get("a"), "%zz");
}

TEST(Url, TargetsInBothForms) {
    const auto origin = parse_target("/api/kernels?token=x?y#z");
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->path, "/api/kernels");
    EXPECT_EQ(origin->query, "token=x?y");
    const auto absolute = parse_target("http://host:1/api?a=b");
    ASSERT_TRUE(absolute);
    EXPECT_EQ(absolute->path, "/api");
    EXPECT_EQ(absolute->query, "a=b");
    for (const char* target : {"", "*", "api", "http://host"}) EXPECT_FALSE(parse_target(target)) << target;
}

TEST(Url, SplitsPaths) {
    EXPECT_EQ(split_path("/"), (Segments{""}));
    EXPECT_EQ(split_path("/api/kernels"), (Segments{"api", "kernels"}));
    EXPECT_EQ(split_path("/api/"), (Segments{"api", ""}));
    EXPECT_EQ(split_path("/a//b"), (Segments{"a", "", "b"}));
}

}  // namespace
}  // namespace corncob::server
