#include "server/auth/credentials.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

std::string token(std::string_view authorization, std::string_view query = {}) {
    return parse_credentials(authorization, Query(query)).token;
}

TEST(Credentials, HeaderInEveryCase) {
    for (const char* header :
         {"token abc", "Token abc", "TOKEN abc", "bearer abc", "Bearer abc", "token   abc ", " bearer\tabc"}) {
        EXPECT_EQ(token(header), "abc") << header;
    }
}

TEST(Credentials, OtherSchemesGiveNothing) {
    for (const char* header : {"", "abc", "token", "token ", "Basic abc", "tokenabc", "tokens abc", "bearer", ":"}) {
        EXPECT_EQ(token(header), "") << header;
    }
}

TEST(Credentials, TheTokenIsTheRestOfTheHeader) {
    EXPECT_EQ(token("token a b=c"), "a b=c");
}

TEST(Credentials, QueryComesFirst) {
    EXPECT_EQ(token("token abc", "token=xyz"), "xyz");
    EXPECT_EQ(token("", "a=1&token=x%2By"), "x+y");
}

TEST(Credentials, EmptyQueryCountsAsNone) {
    EXPECT_EQ(token("token abc", "token="), "abc");
    EXPECT_EQ(token("", "token"), "");
    EXPECT_EQ(token("", "tokens=abc"), "");
}

}  // namespace
}  // namespace corncob::server
