#include "server/metrics/tenant_labels.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using protocol::TenantId;

TEST(TenantLabels, TheFirstHaveTheirOwn) {
    TenantLabels labels(2);
    EXPECT_EQ(labels.of(TenantId("a")), "a");
    EXPECT_EQ(labels.of(TenantId("b")), "b");
    EXPECT_EQ(labels.of(TenantId("c")), "other");
    EXPECT_EQ(labels.of(TenantId("a")), "a");
    EXPECT_EQ(labels.of(TenantId("c")), "other");
}

TEST(TenantLabels, NoneIsTold) {
    TenantLabels labels(0);
    EXPECT_EQ(labels.of(TenantId("a")), "other");
}

TEST(TenantLabels, ThereAreNeverMoreThanMayBe) {
    TenantLabels labels(5);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&labels, i] {
            for (int k = 0; k < 100; ++k) labels.of(TenantId("t" + std::to_string(8 * k + i)));
        });
    }
    for (std::thread& thread : threads) thread.join();
    int told_apart = 0;
    for (int k = 0; k < 800; ++k) told_apart += labels.of(TenantId("t" + std::to_string(k))) != "other" ? 1 : 0;
    EXPECT_EQ(told_apart, 5);
}

}  // namespace
}  // namespace corncob::server
