#include "tenants/errc.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace corncob::tenants {
namespace {

TEST(Errc, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    const int last = static_cast<int>(Errc::missing_field);
    for (int code = 0; code <= last; ++code) names.insert(name(static_cast<Errc>(code)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace corncob::tenants
