#include "protocol/timestamp.hpp"

#include <gtest/gtest.h>

namespace corncob::protocol {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::system_clock;

Clock::time_point at(std::chrono::nanoseconds since_epoch) {
    return Clock::time_point(std::chrono::duration_cast<Clock::duration>(since_epoch));
}

TEST(Timestamp, IsUtcWithMicroseconds) {
    EXPECT_EQ(iso8601(at(0s)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(iso8601(at(1795247221s + 123456us)), "2026-11-21T07:47:01.123456Z");
    EXPECT_EQ(iso8601(at(951782399s)), "2000-02-28T23:59:59.000000Z");
    EXPECT_EQ(iso8601(at(951782400s)), "2000-02-29T00:00:00.000000Z");
}

TEST(Timestamp, RoundsDownAlsoBefore1970) {
    EXPECT_EQ(iso8601(at(1s + 1999ns)), "1970-01-01T00:00:01.000001Z");
    EXPECT_EQ(iso8601(at(-1us)), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(iso8601(at(-1ns)), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamp, EndsOfTheClockHaveFourDigitYears) {
    EXPECT_EQ(iso8601(Clock::time_point::max()), "2262-04-11T23:47:16.854775Z");
    EXPECT_EQ(iso8601(at(std::chrono::nanoseconds::min() + 1h)).substr(0, 4), "1677");
}

}  // namespace
}  // namespace corncob::protocol
