#include "server/http/http_date.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

std::string at(std::int64_t seconds) {
    return http_date(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

TEST(HttpDate, AsTheStandardWritesIt) {
    EXPECT_EQ(at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(at(1709251199), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace corncob::server
