#include "server/log.hpp"

#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <nlohmann/json.hpp>

namespace corncob::server {
namespace {

std::string logged(const config::LogConfig& config, const std::string& text) {
    std::ostringstream out;
    const auto log = make_log(config, std::make_shared<spdlog::sinks::ostream_sink_st>(out));
    log->debug("hidden at info");
    log->warn("{}", text);
    return out.str();
}

TEST(Log, TextIsOneLineAnEvent) {
    const std::string line = logged({"info", "text"}, "path=/a\nforged line\x1b[31m \xc3\xbc");
    EXPECT_TRUE(line.ends_with(" warning path=/a\\x0aforged line\\x1b[31m \xc3\xbc\n")) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(line.find("hidden"), std::string::npos);
}

TEST(Log, JsonIsOneObjectALine) {
    const std::string line = logged({"warn", "json"}, "a \"b\"\n");
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto entry = nlohmann::json::parse(line);
    EXPECT_EQ(entry["level"], "warning");
    EXPECT_EQ(entry["message"], "a \"b\"\n");
    EXPECT_TRUE(entry["time"].get<std::string>().ends_with("Z"));
}

TEST(Log, LevelsAreTheConfiguredOnes) {
    EXPECT_EQ(make_log({"trace", "text"})->level(), spdlog::level::trace);
    EXPECT_EQ(make_log({"debug", "text"})->level(), spdlog::level::debug);
    EXPECT_EQ(make_log({"warn", "text"})->level(), spdlog::level::warn);
    EXPECT_EQ(make_log({"error", "text"})->level(), spdlog::level::err);
}

}  // namespace
}  // namespace corncob::server
