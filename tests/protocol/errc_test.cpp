#include "protocol/errc.hpp"

#include <gtest/gtest.h>

#include <set>

namespace corncob::protocol {
namespace {

TEST(Errc, NamesAreDistinctLabels) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Errc::unknown_msg_type); ++i) {
        const std::string_view text = name(static_cast<Errc>(i));
        EXPECT_TRUE(names.insert(text).second) << text;
        EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string_view::npos) << text;
        EXPECT_NE(text, "unknown") << i;
    }
    EXPECT_EQ(name(Errc::bad_utf8), "bad_utf8");
}

}  // namespace
}  // namespace corncob::protocol
