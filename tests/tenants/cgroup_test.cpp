#include "tenants/cgroup.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/cgroup_tree.hpp"

namespace corncob::tenants {
namespace {

using tests::CgroupTree;

constexpr const char* kMounts1 =
    "31 1 0:26 /docker/c0 /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n"
    "32 1 0:27 /docker/c0 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n";
constexpr const char* kGroups1 = "9:memory:/docker/c0\n8:pids:/docker/c0\n1:name=systemd:/\n0::/\n";

TEST(Cgroup, Version2) {
    const CgroupTree tree;
    tree.set_memory(700, "1000");
    tree.write("/sys/fs/cgroup/memory.stat", "anon 600\nfile 90\ninactive_anon 1\ninactive_file 60\n");
    tree.set_pids(12, "4096");
    const Cgroup cgroup(tree.root());
    ASSERT_TRUE(cgroup.memory());
    EXPECT_EQ(cgroup.memory()->used, 640U) << "without files that can be dropped";
    EXPECT_EQ(cgroup.memory()->limit, 1000U);
    EXPECT_EQ(cgroup.memory()->file, tree.root() + "/sys/fs/cgroup/memory.max");
    ASSERT_TRUE(cgroup.pids());
    EXPECT_EQ(cgroup.pids()->used, 12U);
    EXPECT_EQ(cgroup.pids()->limit, 4096U);
    tree.set_pids(13, "20");
    EXPECT_EQ(cgroup.pids()->used, 13U) << "read anew";
    EXPECT_EQ(cgroup.pids()->limit, 20U);
}

TEST(Cgroup, Version1AsInAContainer) {
    const CgroupTree tree(kMounts1, kGroups1);
    tree.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n");
    tree.write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "700\n");
    tree.write("/sys/fs/cgroup/memory/memory.stat", "inactive_file 7\ntotal_inactive_file 100\n");
    tree.write("/sys/fs/cgroup/pids/pids.max", "50\n");
    tree.write("/sys/fs/cgroup/pids/pids.current", "3\n");
    const Cgroup cgroup(tree.root());
    ASSERT_TRUE(cgroup.memory());
    EXPECT_EQ(cgroup.memory()->used, 600U);
    EXPECT_EQ(cgroup.memory()->file, tree.root() + "/sys/fs/cgroup/memory/memory.limit_in_bytes");
    ASSERT_TRUE(cgroup.pids());
    EXPECT_EQ(cgroup.pids()->limit, 50U);
    EXPECT_EQ(cgroup.pids()->used, 3U);
}

TEST(Cgroup, OneWordOfSeveralIsTheController) {
    const CgroupTree tree("31 1 0:26 / /cg/both rw shared:5 - cgroup cgroup rw,memory,pids\n", "4:memory,pids:/mine\n");
    tree.write("/cg/both/mine/pids.max", "7\n");
    const Cgroup cgroup(tree.root());
    ASSERT_TRUE(cgroup.pids());
    EXPECT_EQ(cgroup.pids()->limit, 7U);
    EXPECT_EQ(cgroup.pids()->file, tree.root() + "/cg/both/mine/pids.max");
}

TEST(Cgroup, TheGroupWithTheLeastLeftCounts) {
    const CgroupTree tree(CgroupTree::kMounts2, "0::/pod/one\n");
    tree.write("/sys/fs/cgroup/pod/one/pids.max", "100\n");
    tree.write("/sys/fs/cgroup/pod/one/pids.current", "20\n");
    tree.write("/sys/fs/cgroup/pod/pids.max", "150\n");
    tree.write("/sys/fs/cgroup/pod/pids.current", "140\n");
    const auto pids = Cgroup(tree.root()).pids();
    ASSERT_TRUE(pids);
    EXPECT_EQ(pids->limit, 150U);
    EXPECT_EQ(pids->used, 140U);
}

TEST(Cgroup, NoLimitIsNone) {
    const CgroupTree tree;
    tree.set_memory(700, "max");
    tree.set_pids(12, "max");
    const Cgroup cgroup(tree.root());
    EXPECT_FALSE(cgroup.memory());
    EXPECT_FALSE(cgroup.pids());
    const CgroupTree old(kMounts1, kGroups1);
    old.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    old.write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "700\n");
    EXPECT_FALSE(Cgroup(old.root()).memory());
}

TEST(Cgroup, WhatIsNotThereOrNonsenseIsNoLimit) {
    const tests::TemporaryFolder nothing;
    EXPECT_FALSE(Cgroup(nothing.path()).memory());
    const CgroupTree garbage("rubbish\n31 - cgroup\n\n - cgroup2\n", ":\n:::\n\x01\n");
    EXPECT_FALSE(Cgroup(garbage.root()).memory());
    EXPECT_FALSE(Cgroup(garbage.root()).pids());
    const CgroupTree words;
    words.set_pids(1, "many");
    EXPECT_FALSE(Cgroup(words.root()).pids());
}

TEST(Cgroup, AGroupOutsideOfWhatIsMountedIsTheMountedOne) {
    const CgroupTree tree("31 1 0:26 /docker/c0 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n", "8:pids:/other\n");
    tree.write("/sys/fs/cgroup/pids/pids.max", "50\n");
    ASSERT_TRUE(Cgroup(tree.root()).pids());
    EXPECT_EQ(Cgroup(tree.root()).pids()->limit, 50U);
}

TEST(Cgroup, AGroupOutsideOfTheNamespaceIsTheMountedOne) {
    const CgroupTree tree(CgroupTree::kMounts2, "0::/../other\n");
    tree.set_pids(1, "50");
    ASSERT_TRUE(Cgroup(tree.root()).pids());
    EXPECT_EQ(Cgroup(tree.root()).pids()->file, tree.root() + "/sys/fs/cgroup/pids.max");
}

TEST(Cgroup, OfThisProcessItCanBeAsked) {
    const Cgroup cgroup;
    if (const auto memory = cgroup.memory()) {
        EXPECT_GT(memory->used, 0U);
        EXPECT_LE(memory->used, memory->limit);
    }
    if (const auto pids = cgroup.pids()) {
        EXPECT_GT(pids->used, 0U);
    }
}

}  // namespace
}  // namespace corncob::tenants
