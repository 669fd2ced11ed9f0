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

TEST(Log, WhatALineIsAboutIsAMemberOfItsOwn) {
    const auto entry = nlohmann::json::parse(logged(
        {"info", "json"}, "audit=refused request=c1r2 status=403 ms=1.25 tenant=12 kernel= a word=x tenant=bob"));
    EXPECT_EQ(entry["audit"], "refused");
    EXPECT_EQ(entry["request"], "c1r2");
    EXPECT_EQ(entry["status"], 403);
    EXPECT_EQ(entry["ms"], 1.25);
    EXPECT_EQ(entry["tenant"], "12") << "a name stays a text";
    EXPECT_EQ(entry["kernel"], "");
    EXPECT_EQ(entry["message"], "a word=x tenant=bob");
}

TEST(Log, AKeyCountsOnce) {
    const auto entry = nlohmann::json::parse(logged({"info", "json"}, "tenant=ada tenant=bob level=x"));
    EXPECT_EQ(entry["tenant"], "ada");
    EXPECT_EQ(entry["level"], "warning");
    EXPECT_EQ(entry["message"], "tenant=bob level=x");
    for (const std::string odd : {"1.2.3", "007", "1.", ".1", "-1", "1e3", ""}) {
        EXPECT_EQ(nlohmann::json::parse(logged({"info", "json"}, "status=" + odd))["status"], odd);
    }
    EXPECT_EQ(nlohmann::json::parse(logged({"info", "json"}, "=x a=\"\n b"))["message"], "=x a=\"\n b");
}

TEST(Log, LevelsAreTheConfiguredOnes) {
    EXPECT_EQ(make_log({"trace", "text"})->level(), spdlog::level::trace);
    EXPECT_EQ(make_log({"debug", "text"})->level(), spdlog::level::debug);
    EXPECT_EQ(make_log({"warn", "text"})->level(), spdlog::level::warn);
    EXPECT_EQ(make_log({"error", "text"})->level(), spdlog::level::err);
}

}  // namespace
}  // namespace corncob::server
