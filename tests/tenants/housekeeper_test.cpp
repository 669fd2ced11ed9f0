#include "tenants/housekeeper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "tests/fakes/gate.hpp"

namespace corncob::tenants {
namespace {

using namespace std::chrono_literals;
using tests::Gate;

TEST(Housekeeper, RunsJobsInTheOrderTheyAreDue) {
    std::vector<int> order;
    Gate begin;
    Gate done;
    Housekeeper keeper;
    keeper.post([&] { begin.pass(); });
    keeper.post_after(300ms, [&] {
        order.push_back(4);
        done.open();
    });
    keeper.post_after(100ms, [&] { order.push_back(3); });
    keeper.post([&] { order.push_back(1); });
    keeper.post([&] { order.push_back(2); });
    begin.open();
    ASSERT_TRUE(done.wait_open());
    EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST(Housekeeper, DoesNotRunAJobTooEarly) {
    const auto posted = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point ran;
    Gate done;
    Housekeeper keeper;
    keeper.post_after(40ms, [&] {
        ran = std::chrono::steady_clock::now();
        done.open();
    });
    ASSERT_TRUE(done.wait_open());
    EXPECT_GE(ran - posted, 40ms);
}

TEST(Housekeeper, AnEarlierJobIsNotHeldUpByALaterOne) {
    Gate done;
    Housekeeper keeper;
    keeper.post_after(1h, [] {});
    keeper.post([&] { done.open(); });
    EXPECT_TRUE(done.wait_open());
}

TEST(Housekeeper, JobsMayPostJobs) {
    Gate done;
    Housekeeper keeper;
    keeper.post([&] { keeper.post([&] { done.open(); }); });
    EXPECT_TRUE(done.wait_open());
}

TEST(Housekeeper, DestructionRunsWhatIsDueAndDropsTheRest) {
    std::atomic<int> ran{0};
    const auto held = std::make_shared<int>(0);
    {
        Housekeeper keeper;
        keeper.post_after(1h, [&ran, held] { ran += 1000; });
        for (int i = 0; i < 100; ++i) keeper.post([&ran] { ++ran; });
    }
    EXPECT_EQ(ran, 100);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Housekeeper, WhatAJobHoldsMayPostWhenItGoes) {
    struct Poster {
        Housekeeper& keeper;
        Gate& done;
        ~Poster() {
            keeper.post([&gate = done] { gate.open(); });
        }
    };
    Gate done;
    Housekeeper keeper;
    keeper.post([last = std::shared_ptr<Poster>(new Poster{keeper, done})] {});
    EXPECT_TRUE(done.wait_open());
}

}  // namespace
}  // namespace corncob::tenants
