#include "server/auth/expiring_map.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

using std::chrono::seconds;

class ExpiringMapTest : public testing::Test {
 protected:
    void put(const std::string& key, int value, seconds life = seconds(10)) {
        map_.put(key, value, clock_.steady_now(), clock_.steady_now() + life);
    }
    std::optional<int> find(const std::string& key) { return map_.find(key, clock_.steady_now()); }

    tests::FakeClock clock_;
    ExpiringMap<std::string, int> map_{3};
};

TEST_F(ExpiringMapTest, ForgetsWhatIsTooOld) {
    put("a", 1);
    clock_.advance(std::chrono::milliseconds(9999));
    EXPECT_EQ(find("a"), 1);
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(find("a")) << "looking at it does not prolong it";
    EXPECT_EQ(map_.size(), 0U);
}

TEST_F(ExpiringMapTest, TakesNothingThatHasExpired) {
    put("a", 1);
    put("a", 2, seconds(0));
    EXPECT_FALSE(find("a"));
}

TEST_F(ExpiringMapTest, BeyondItsBoundTheOneUsedLongestAgoGoes) {
    for (const char* key : {"a", "b", "c"}) put(key, 1);
    EXPECT_TRUE(find("a"));
    put("d", 1);
    EXPECT_FALSE(find("b"));
    EXPECT_TRUE(find("a") && find("c") && find("d"));
    EXPECT_EQ(map_.size(), 3U);
}

TEST_F(ExpiringMapTest, ReplacesAndErases) {
    put("a", 1);
    put("a", 2);
    EXPECT_EQ(find("a"), 2);
    EXPECT_EQ(map_.size(), 1U);
    EXPECT_EQ(map_.take("a", clock_.steady_now()), 2);
    EXPECT_FALSE(map_.take("a", clock_.steady_now()));
    map_.erase("a");
    EXPECT_EQ(map_.size(), 0U);
    put("a", 1);
    map_.clear();
    EXPECT_FALSE(find("a"));
}

}  // namespace
}  // namespace corncob::server
