#include "tenants/kernelspec.hpp"

#include <gtest/gtest.h>

namespace corncob::tenants {
namespace {

TEST(Kernelspecs, OffersTheBuiltInOnes) {
    const Kernelspecs specs{config::GatewayConfig{}};
    EXPECT_EQ(specs.default_name(), "python3");
    ASSERT_TRUE(specs.find("python3"));
    EXPECT_TRUE(specs.find("python3")->modes.empty());
    EXPECT_FALSE(cell_modes(*specs.find("python3")).concurrent);
    ASSERT_TRUE(specs.find("python3-concurrent"));
    EXPECT_TRUE(cell_modes(*specs.find("python3-concurrent")).concurrent);
    ASSERT_TRUE(specs.find("python3-multi"));
    EXPECT_EQ(specs.find("python3-multi")->modes, std::vector<std::string>{kMultiMode});
    ASSERT_TRUE(specs.find("python3-cache"));
    EXPECT_EQ(specs.find("python3-cache")->modes, std::vector<std::string>{"cache"});
    EXPECT_TRUE(cell_modes(*specs.find("python3-cache")).cache && !cell_modes(*specs.find("python3-cache")).react);
    ASSERT_TRUE(specs.find("python3-react"));
    EXPECT_EQ(specs.find("python3-react")->modes, std::vector<std::string>{"react"});
    EXPECT_TRUE(cell_modes(*specs.find("python3-react")).react && !cell_modes(*specs.find("python3-react")).cache);
    ASSERT_TRUE(specs.find("python3-trio"));
    EXPECT_EQ(specs.find("python3-trio")->loop, kTrio);
    EXPECT_EQ(to_model(*specs.find("python3-trio"), "/").argv.back(), "trio");
    EXPECT_FALSE(specs.find("julia"));
    EXPECT_FALSE(specs.find(""));
}

TEST(Kernelspecs, OffersThoseOfTheConfiguration) {
    config::GatewayConfig config;
    config.kernels.default_kernel_name = "analytics";
    config.kernelspecs["analytics"] = {"Python (analytics)", {"concurrent"}, "trio", {{"TZ", "UTC"}}};
    config.kernelspecs["plain"] = {};
    const Kernelspecs specs{config};
    EXPECT_EQ(specs.default_name(), "analytics");
    EXPECT_EQ(specs.all().size(), 8U);
    const Kernelspec* spec = specs.find("analytics");
    ASSERT_TRUE(spec);
    EXPECT_EQ(spec->name, "analytics");
    EXPECT_EQ(spec->display_name, "Python (analytics)");
    EXPECT_EQ(spec->modes, std::vector<std::string>{"concurrent"});
    EXPECT_EQ(spec->loop, "trio");
    EXPECT_EQ(spec->env.at("TZ"), "UTC");
    EXPECT_EQ(specs.find("plain")->display_name, "plain");
}

TEST(Kernelspecs, ModelNamesResourcesBelowTheBaseUrl) {
    const auto model = to_model({"analytics", "Python (analytics)", {}, "asyncio", {{"TZ", "UTC"}}}, "/user/ada/");
    EXPECT_EQ(model.name, "analytics");
    EXPECT_EQ(model.display_name, "Python (analytics)");
    EXPECT_EQ(model.language, "python");
    EXPECT_EQ(model.env.at("TZ"), "UTC");
    EXPECT_EQ(model.argv, (std::vector<std::string>{"corncob", "kernel", "-f", "{connection_file}"}));
    EXPECT_EQ(model.resources.at("logo-64x64"), "/user/ada/kernelspecs/analytics/logo-64x64.png");
    EXPECT_EQ(model.resources.at("logo-32x32"), "/user/ada/kernelspecs/analytics/logo-32x32.png");
    EXPECT_EQ(model.resources.at("logo-svg"), "/user/ada/kernelspecs/analytics/logo-svg.svg");
}

TEST(Kernelspecs, ModelTellsOfItsModes) {
    const auto model = to_model({"c", "C", {"concurrent"}, "asyncio", {}}, "/");
    EXPECT_EQ(model.argv.back(), "concurrent");
    EXPECT_EQ(model.metadata["concurrent"], true);
}

}  // namespace
}  // namespace corncob::tenants
