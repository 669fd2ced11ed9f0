#include "tenants/memory_shares.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::tenants {
namespace {

using namespace std::chrono_literals;

class MemorySharesTest : public testing::Test {
 protected:
    /// Memory has grown to `resident`, and so much time has passed.
    void later(std::size_t resident, std::chrono::milliseconds time = kMemoryInterval) {
        resident_ = resident;
        clock_.advance(time);
    }

    std::size_t resident_ = 1000;
    std::size_t looks_ = 0;
    tests::FakeClock clock_;
    MemoryShares shares_{clock_, [this] {
                             ++looks_;
                             return resident_;
                         }};
    MemoryShare a_{&shares_};
    MemoryShare b_{&shares_};
};

TEST_F(MemorySharesTest, WhatGrowsWhileAKernelRunsIsItsOwn) {
    a_.set_running(true);
    later(1500);
    a_.set_running(false);
    EXPECT_EQ(a_.bytes(), 500U);
    later(9000);
    b_.set_running(true);  // what has grown meanwhile is nobody's
    later(9100);
    b_.set_running(false);
    EXPECT_EQ(a_.bytes(), 500U);
    EXPECT_EQ(b_.bytes(), 100U);
    EXPECT_EQ(shares_.resident(), 9100U);
}

TEST_F(MemorySharesTest, KernelsThatRunSideBySideShare) {
    a_.set_running(true);
    b_.set_running(true);
    later(1600);
    a_.set_running(false);
    EXPECT_EQ(a_.bytes(), 300U);
    EXPECT_EQ(b_.bytes(), 300U);
    later(1700);
    shares_.measure();
    EXPECT_EQ(a_.bytes(), 300U);
    EXPECT_EQ(b_.bytes(), 400U);
}

TEST_F(MemorySharesTest, WhoRunsLongerHasMore) {
    a_.set_running(true);
    clock_.advance(1ms);
    b_.set_running(true);
    a_.set_running(false);
    later(2000, 9ms);
    b_.set_running(false);
    EXPECT_EQ(a_.bytes(), 100U);
    EXPECT_EQ(b_.bytes(), 900U);
}

TEST_F(MemorySharesTest, WhatIsGivenBackCountsAndIsNeverLessThanNothing) {
    a_.set_running(true);
    later(1500);
    shares_.measure();
    later(1200);
    shares_.measure();
    EXPECT_EQ(a_.bytes(), 200U);
    later(100);
    shares_.measure();
    EXPECT_EQ(a_.bytes(), 0U);
    later(150);
    shares_.measure();
    EXPECT_EQ(a_.bytes(), 50U);
    a_.clear();
    EXPECT_EQ(a_.bytes(), 0U);
}

TEST_F(MemorySharesTest, ShortCellsBesideALongOneCostNoLook) {
    a_.set_running(true);
    looks_ = 0;
    for (int i = 0; i < 100; ++i) {
        b_.set_running(true);
        b_.set_running(false);
    }
    EXPECT_EQ(looks_, 0U);
    later(1400);
    b_.set_running(true);
    EXPECT_EQ(looks_, 1U);
    EXPECT_EQ(a_.bytes(), 400U);
    EXPECT_EQ(b_.bytes(), 0U);
}

TEST_F(MemorySharesTest, AShortCellIsLookedAtWhenItEnds) {
    a_.set_running(true);
    later(1400, 1ms);
    a_.set_running(false);
    EXPECT_EQ(a_.bytes(), 400U);
    later(5000, 1h);
    b_.set_running(true);
    later(5100, 1ms);
    b_.set_running(false);
    EXPECT_EQ(a_.bytes(), 400U);
    EXPECT_EQ(b_.bytes(), 100U);
}

TEST_F(MemorySharesTest, AKernelThatIsGoneHasNoShare) {
    auto gone = std::make_unique<MemoryShare>(&shares_);
    gone->set_running(true);
    a_.set_running(true);
    gone.reset();
    later(1200);
    shares_.measure();
    EXPECT_EQ(a_.bytes(), 200U);
}

TEST(MemoryShare, WithoutSharesItStaysEmpty) {
    MemoryShare share(nullptr);
    share.set_running(true);
    share.clear();
    EXPECT_EQ(share.bytes(), 0U);
}

TEST(ResidentBytes, GrowsWithWhatIsWritten) {
    constexpr std::size_t kBytes = 64U << 20U;
    const std::size_t before = resident_bytes();
    ASSERT_GT(before, 0U);
    const std::vector<char> touched(kBytes, 'x');
    EXPECT_GT(resident_bytes(), before + kBytes / 2);
    EXPECT_EQ(touched.back(), 'x');
}

}  // namespace
}  // namespace corncob::tenants
