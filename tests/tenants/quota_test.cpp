#include "tenants/quota.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace corncob::tenants {
namespace {

TEST(Limit, GivesAsManyUnitsAsItHas) {
    Limit limit("kernels_max", 2);
    const auto one = limit.take();
    const auto two = limit.take();
    ASSERT_TRUE(one && two);
    EXPECT_EQ(limit.used(), 2U);
    const auto three = limit.take();
    ASSERT_FALSE(three);
    EXPECT_EQ(three.error(), (Failure{Errc::quota_exceeded, "kernels_max is 2, and 2 are in use"}));
    EXPECT_EQ(limit.used(), 2U);
}

TEST(Limit, WhoGetsNoUnitIsTold) {
    int refused = 0;
    Limit limit("n", 1, [&] { ++refused; });
    const auto one = limit.take();
    EXPECT_EQ(refused, 0);
    EXPECT_FALSE(limit.take());
    EXPECT_EQ(refused, 1);
}

TEST(RateLimit, AsManyAsMayComeInASecondMayComeAtOnce) {
    int refused = 0;
    RateLimit limit("requests_per_second_max", 4, [&] { ++refused; });
    const Clock::Steady now(std::chrono::hours(1));
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(limit.take(now)) << i;
    const auto result = limit.take(now);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Failure{Errc::too_many_requests,
                                       "requests_per_second_max is 4, and as many were made within the last second"}));
    EXPECT_EQ(refused, 1);
    EXPECT_TRUE(limit.take(now + std::chrono::milliseconds(250)));
    EXPECT_FALSE(limit.take(now + std::chrono::milliseconds(251)));
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(limit.take(now + std::chrono::minutes(1))) << i;
    EXPECT_FALSE(limit.take(now + std::chrono::minutes(1))) << "a long pause saves nothing up";
}

TEST(RateLimit, ZeroMeansNoLimit) {
    RateLimit limit("n", 0);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit.take(Clock::Steady()));
}

TEST(RateLimit, ThreadsGetNoMoreThanMay) {
    RateLimit limit("n", 100);
    std::atomic<int> taken{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 1000; ++k) taken += limit.take(Clock::Steady(std::chrono::hours(1))) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(taken, 100);
}

TEST(Limit, ZeroMeansNoLimit) {
    Limit limit("kernels_max", 0);
    std::vector<QuotaUnit> units;
    for (int i = 0; i < 1000; ++i) {
        auto unit = limit.take();
        ASSERT_TRUE(unit);
        units.push_back(std::move(*unit));
    }
    EXPECT_EQ(limit.used(), 1000U);
}

TEST(Limit, ABoundThatIsLoweredTakesNothingFromAnybody) {
    Limit limit("n", 3);
    auto one = limit.take();
    const auto two = limit.take();
    limit.set_maximum(1);
    EXPECT_EQ(limit.take().error().detail, "n is 1, and 2 are in use");
    one = Failure{Errc::quota_exceeded, "given back"};
    EXPECT_FALSE(limit.take());
    limit.set_maximum(2);
    EXPECT_TRUE(limit.take());
}

TEST(RateLimit, CanChange) {
    RateLimit limit("n", 1);
    const Clock::Steady now(std::chrono::hours(1));
    EXPECT_TRUE(limit.take(now));
    EXPECT_FALSE(limit.take(now));
    limit.set_per_second(0);
    EXPECT_TRUE(limit.take(now));
    limit.set_per_second(2);
    EXPECT_FALSE(limit.take(now)) << "what was taken counts on";
    EXPECT_TRUE(limit.take(now + std::chrono::milliseconds(500)));
}

TEST(QuotaUnit, IsGivenBackOnceWhereverItWasMovedTo) {
    Limit limit("n", 1);
    {
        QuotaUnit first = std::move(*limit.take());
        QuotaUnit second(std::move(first));
        QuotaUnit third;
        third = std::move(second);
        EXPECT_EQ(limit.used(), 1U);
    }
    EXPECT_EQ(limit.used(), 0U);
}

TEST(QuotaUnit, AssigningGivesTheOldOneBack) {
    Limit a("a", 1);
    Limit b("b", 1);
    QuotaUnit unit = std::move(*a.take());
    unit = std::move(*b.take());
    EXPECT_EQ(a.used(), 0U);
    EXPECT_EQ(b.used(), 1U);
    unit = QuotaUnit();
    EXPECT_EQ(b.used(), 0U);
}

TEST(QuotaUnit, MayOutliveItsLimit) {
    std::optional<QuotaUnit> unit;
    {
        Limit limit("n", 1);
        unit = std::move(*limit.take());
    }
    unit.reset();  // the sanitizers watch
    SUCCEED();
}

TEST(Limit, ExactlyOneOfManyThreadsGetsTheLastUnit) {
    constexpr int kThreads = 4;
    constexpr int kRounds = 2000;
    Limit limit("n", 3);
    const auto one = limit.take();
    const auto two = limit.take();
    std::atomic<int> winners{0};
    std::atomic<int> bad_rounds{0};
    std::barrier begin(kThreads);
    std::barrier judge(kThreads, [&]() noexcept {
        if (winners.exchange(0) != 1 || limit.used() != 3) ++bad_rounds;
    });
    std::barrier next(kThreads);
    const auto race = [&] {
        for (int round = 0; round < kRounds; ++round) {
            begin.arrive_and_wait();
            auto unit = limit.take();
            if (unit) ++winners;
            judge.arrive_and_wait();
            if (unit) *unit = QuotaUnit();
            next.arrive_and_wait();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) threads.emplace_back(race);
    }
    EXPECT_EQ(bad_rounds, 0);
    EXPECT_EQ(limit.used(), 2U);
}

}  // namespace
}  // namespace corncob::tenants
