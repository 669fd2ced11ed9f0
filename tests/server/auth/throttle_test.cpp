#include "server/auth/throttle.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

using std::chrono::milliseconds;

TEST(Throttle, TheFirstFailuresCostNothingTheNextMoreAndMore) {
    tests::FakeClock clock;
    Throttle throttle(clock);
    for (int i = 0; i < kFreeFailures; ++i) EXPECT_EQ(throttle.failed("192.0.2.1"), milliseconds(0)) << i;
    for (const int delay : {100, 200, 400, 800, 1600, 3000, 3000}) {
        EXPECT_EQ(throttle.failed("192.0.2.1"), milliseconds(delay));
    }
    for (int i = 0; i < 100; ++i) EXPECT_EQ(throttle.failed("192.0.2.1"), kDelayMax);
    EXPECT_EQ(throttle.failed("192.0.2.2"), milliseconds(0)) << "another address";
}

TEST(Throttle, ForgivesAfterAWhile) {
    tests::FakeClock clock;
    Throttle throttle(clock);
    for (int i = 0; i < 10; ++i) throttle.failed("192.0.2.1");
    clock.advance(kForgiveAfter - milliseconds(1));
    EXPECT_GT(throttle.failed("192.0.2.1"), milliseconds(0));
    clock.advance(kForgiveAfter);
    EXPECT_EQ(throttle.failed("192.0.2.1"), milliseconds(0));
    EXPECT_EQ(throttle.addresses(), 1U);
}

TEST(Throttle, RemembersSoManyAddresses) {
    tests::FakeClock clock;
    Throttle throttle(clock);
    for (std::size_t i = 0; i < kThrottledAddressesMax + 100; ++i) throttle.failed("host " + std::to_string(i));
    EXPECT_LE(throttle.addresses(), kThrottledAddressesMax + 1);
    clock.advance(kForgiveAfter);
    throttle.failed("192.0.2.1");
    EXPECT_EQ(throttle.addresses(), 1U);
}

TEST(Throttle, ANetworkIsOneAddress) {
    EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("2001:db8:1:2::9"), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("no address"), "no address");
}

TEST(Throttle, ManyThreadsCountAsOne) {
    tests::FakeClock clock;
    Throttle throttle(clock);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 250; ++j) throttle.failed("192.0.2.1");
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(throttle.failed("192.0.2.1"), kDelayMax);
}

}  // namespace
}  // namespace corncob::server
