#include "protocol/ids.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>
#include <unordered_set>

namespace corncob::protocol {
namespace {

static_assert(!std::is_convertible_v<KernelId, TenantId> && !std::is_constructible_v<KernelId, TenantId>);
static_assert(!std::is_convertible_v<std::string, KernelId>, "an id is made on purpose");

TEST(Ids, CompareHashAndPrintAsTheirText) {
    EXPECT_EQ(KernelId("a"), KernelId(std::string("a")));
    EXPECT_LT(KernelId("a"), KernelId("b"));
    EXPECT_TRUE(KernelId().empty());
    const std::unordered_set<KernelId> set{KernelId("a"), KernelId("b"), KernelId("a")};
    EXPECT_EQ(set.size(), 2U);
    std::ostringstream out;
    out << KernelId("k-1");
    EXPECT_EQ(out.str(), "k-1");
}

}  // namespace
}  // namespace corncob::protocol
