// Precedence, and that everything wrong is told at once, whichever layer it comes from.
#include "config/load.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/fields.hpp"
#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

TEST(Load, GivesTheDefaultsOfTheStructsWhenNothingIsSet) {
    const auto config = loaded(load(std::nullopt, {}, {}));
    const GatewayConfig standard;
    for (const auto& field : gateway_fields()) {
        EXPECT_EQ(value_text(field, config), value_text(field, standard)) << field.key;
    }
    EXPECT_FALSE(config.token.has_value());
}

TEST(Load, LetsTheCommandLineWinOverTheEnvironmentOverTheFile) {
    const TemporaryFile file("server: {port: 1001, ip: 10.0.0.1, base_url: /file}\n");
    const Environment environment = {{"KG_PORT", "1002"}, {"KG_IP", "10.0.0.2"}};
    const auto config = loaded(load(file.path(), environment, {{"--port", "1003"}}));
    EXPECT_EQ(config.server.port, 1003);
    EXPECT_EQ(config.server.ip, "10.0.0.2");
    EXPECT_EQ(config.server.base_url, "/file/");
    EXPECT_EQ(config.server.io_threads, 2U);
}

TEST(Load, LetsAFlagReplaceWhatTheFileAsksForInVain) {
    const TemporaryFile file("kernels: {isolation: tenant}\n");
    EXPECT_EQ(loaded(load(file.path(), {}, {{"--isolation", "process"}})).kernels.isolation, "process");
}

TEST(Load, FindsAPlaceForState) {
    EXPECT_EQ(std::get<GatewayConfig>(load({}, {{"HOME", "/homes/ada"}}, {})).kernels.state_dir,
              "/homes/ada/.local/state/corncob");
    EXPECT_EQ(std::get<GatewayConfig>(load({}, {}, {})).kernels.state_dir, "");
}

TEST(Load, NamesTheFlagOfABadValue) {
    EXPECT_EQ(problems(load(std::nullopt, {}, {{"--port", "-1"}, {"--log-level", "warning"}})),
              (std::vector<std::string>{
                  "--log-level: log.level: 'warning' is none of trace, debug, info, warn, error; did you mean 'warn'?",
                  "--port: server.port: -1 is out of range 0..65535"}));
}

TEST(Load, RefusesAFlagThatSetsNothing) {
    EXPECT_EQ(problems(load(std::nullopt, {}, {{"--colour", "red"}})),
              std::vector<std::string>{"--colour: sets nothing"});
}

TEST(Load, TellsProblemsOfAllLayersAtOnceTheFileFirst) {
    const TemporaryFile file("server:\n  port: 99999\n  io_thread: 3\nkernels:\n  isolation: kernel\n");
    const auto told = problems(load(file.path(), {{"KG_MAX_KERNELS", "many"}}, {{"--base-url", "lab"}}));
    EXPECT_EQ(told,
              (std::vector<std::string>{
                  file.path() + ":2: server.port: 99999 is out of range 0..65535",
                  file.path() + ":3: server.io_thread: unknown key; did you mean 'io_threads'?",
                  file.path() + ":5: kernels.isolation: 'kernel' is not available in this version; only "
                                "'process' is",
                  "KG_MAX_KERNELS: tenants.defaults.quotas.kernels_max: 'many' is not a whole number (0..1000000)",
                  "--base-url: server.base_url: 'lab/' does not begin with /",
              }));
}

TEST(Load, GivesTenantsTheDefaultsThatTheEnvironmentChanged) {
    const TemporaryFile file(
        "tenants:\n"
        "  alice: {quotas: {connections_max: 7}}\n"
        "  bob: {quotas: {kernels_max: 3}}\n"
        "  defaults: {quotas: {queued_cells_max: 9}}\n");
    const auto config = loaded(load(file.path(), {{"KG_MAX_KERNELS", "5"}}, {}));
    EXPECT_EQ(config.tenants.named.at("alice").quotas.kernels_max, 5U);
    EXPECT_EQ(config.tenants.named.at("alice").quotas.connections_max, 7U);
    EXPECT_EQ(config.tenants.named.at("alice").quotas.queued_cells_max, 9U);
    EXPECT_EQ(config.tenants.named.at("bob").quotas.kernels_max, 3U);
    EXPECT_EQ(config.tenants.named.at("bob").quotas.connections_max, 200U);
}

TEST(Load, NamesAFileThatIsNotThere) {
    const std::string path = testing::TempDir() + "no-such-corncob.yaml";
    EXPECT_EQ(problems(load(path, {}, {})),
              std::vector<std::string>{path + ": cannot be read: No such file or directory"});
}

TEST(Load, NamesADirectoryInPlaceOfAFile) {
    const std::string path = testing::TempDir();
    EXPECT_EQ(problems(load(path, {}, {})), std::vector<std::string>{path + ": cannot be read: Is a directory"});
}

TEST(Load, ReadsATokenFromEnvironmentAndCommandLineOnly) {
    EXPECT_EQ(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN", "from-env"}}, {})).token, "from-env");
    EXPECT_EQ(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN", "from-env"}}, {{"--token", "from-flag"}})).token,
              "from-flag");
    const TemporaryFile file("token: from-file\n");
    const auto told = problems(load(file.path(), {}, {}));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].starts_with(file.path() + ":1: token: unknown key")) << told[0];
}

TEST(Load, NeverShowsABadToken) {
    const auto told = problems(load(std::nullopt, {}, {{"--token", "se cret"}}));
    EXPECT_EQ(told, std::vector<std::string>{"--token: token: must be 1 to 1024 visible ASCII characters"});
}

}  // namespace
}  // namespace corncob::config
