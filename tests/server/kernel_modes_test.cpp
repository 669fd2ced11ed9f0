#include "server/kernel_modes.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

void expect_refused(std::string_view text, ModeErrc code, std::string_view words) {
    const auto parsed = parse_modes(text);
    ASSERT_TRUE(parsed.has_error()) << text;
    EXPECT_EQ(parsed.error().code, code) << text;
    EXPECT_NE(parsed.error().detail.find(words), std::string::npos) << parsed.error().detail;
}

TEST(KernelModes, ChainedIsNoMode) {
    EXPECT_TRUE(parse_modes("").value().empty());
    EXPECT_TRUE(parse_modes("chained").value().empty());
}

TEST(KernelModes, TheyCombine) {
    EXPECT_EQ(parse_modes("concurrent").value(), std::vector<std::string>{"concurrent"});
    EXPECT_EQ(parse_modes("trio-cache-multi-react-concurrent").value(),
              (std::vector<std::string>{"cache", "concurrent", "multi", "react", "trio"}));
}

TEST(KernelModes, RefusesWhatThereIsNot) {
    expect_refused("parallel", ModeErrc::unknown, R"(unknown mode "parallel")");
    expect_refused("cache-", ModeErrc::unknown, R"(unknown mode "")");
    expect_refused("-cache", ModeErrc::unknown, R"(unknown mode "")");
    expect_refused("Cache", ModeErrc::unknown, R"("Cache")");
    expect_refused("cache-multi-cache", ModeErrc::twice, "mode cache is named twice");
}

}  // namespace
}  // namespace corncob::server
