#include "tenants/room.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/cgroup_tree.hpp"

namespace corncob::tenants {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

TEST(Room, WithoutALimitThereIsAlwaysSome) {
    const tests::CgroupTree tree;
    tree.set_memory(kMiB, "max");
    Room room({1, 1}, Cgroup(tree.root()));
    EXPECT_TRUE(room.take(0));
    EXPECT_FALSE(room.memory());
    EXPECT_FALSE(room.pids());
}

TEST(Room, NearTheMemoryLimitItIsRefusedInWords) {
    const tests::CgroupTree tree;
    tree.set_memory(899 * kMiB, std::to_string(1000 * kMiB));
    Room room({90, 90}, Cgroup(tree.root()));
    const auto place = room.take(0);
    EXPECT_TRUE(place);
    tree.set_memory(900 * kMiB, std::to_string(1000 * kMiB));
    const auto refused = room.take(0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Scarce::memory);
    EXPECT_EQ(refused.error().detail,
              "no room for a new kernel: of 1000 MiB of memory 900 are in use, and kernels.memory_percent_max is 90 "
              "(the limit is the container's: " +
                  tree.root() + "/sys/fs/cgroup/memory.max)");
    tree.set_memory(500 * kMiB, std::to_string(1000 * kMiB));
    EXPECT_TRUE(room.take(0)) << "when there is some again";
}

TEST(Room, NearTheLimitOfThreadsItIsRefusedInWords) {
    const tests::CgroupTree tree;
    tree.set_pids(90, "100");
    Room room({90, 90}, Cgroup(tree.root()));
    const auto refused = room.take(0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Scarce::pids);
    EXPECT_EQ(
        refused.error().detail,
        "no room for a new kernel: of 100 processes and threads 90 are in use, and kernels.pids_percent_max is 90 "
        "(the limit is the container's: " +
            tree.root() + "/sys/fs/cgroup/pids.max)");
}

TEST(Room, KernelsThatHaveRunNothingYetWillWantTheirThread) {
    const tests::CgroupTree tree;
    tree.set_pids(10, "20");
    Room room({90, 90}, Cgroup(tree.root()));
    std::vector<QuotaUnit> places;
    for (int kernel = 0; kernel < 8; ++kernel) {
        auto place = room.take(0);
        ASSERT_TRUE(place) << kernel;
        places.push_back(std::move(*place));
    }
    EXPECT_FALSE(room.take(0)) << "eight threads are still to come";
    EXPECT_TRUE(room.take(8)) << "all of them are there, and are none of the ten more";
    places.pop_back();
    EXPECT_TRUE(room.take(0)) << "a kernel that has ended leaves its place";
}

TEST(Room, ALimitOfZeroPercentIsNotLookedAt) {
    const tests::CgroupTree tree;
    tree.set_memory(1000, "1000");
    tree.set_pids(100, "100");
    Room room({0, 0}, Cgroup(tree.root()));
    EXPECT_TRUE(room.take(0));
    EXPECT_EQ(room.memory()->used, 1000U);
    EXPECT_EQ(room.pids()->used, 100U);
}

TEST(Room, WhatIsScarceIsCalledAsItsSettingIs) {
    EXPECT_EQ(name(Scarce::memory), "memory_percent_max");
    EXPECT_EQ(name(Scarce::pids), "pids_percent_max");
}

}  // namespace
}  // namespace corncob::tenants
