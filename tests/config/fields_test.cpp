#include "config/fields.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace corncob::config {
namespace {

const Field<GatewayConfig>& field(const std::string& key) {
    for (const auto& candidate : gateway_fields()) {
        if (candidate.key == key) return candidate;
    }
    throw std::invalid_argument("no field " + key);
}

std::string complaint(const std::string& key, const std::string& text) {
    GatewayConfig config;
    return assign(field(key), config, text).value_or("");
}

TEST(Fields, TakeTheirBoundsAndNothingBeyond) {
    for (const auto& each : gateway_fields()) {
        if (!wants_plain_scalar(each) || allowed_text(each) == "true, false") continue;
        const auto [min, max] = each.traits.bounds;
        for (const auto value : {min, max}) {
            GatewayConfig config;
            EXPECT_EQ(assign(each, config, std::to_string(value)), std::nullopt) << each.key;
            EXPECT_EQ(value_text(each, config), std::to_string(value)) << each.key;
        }
        EXPECT_NE(complaint(each.key, std::to_string(max + 1)), "") << each.key;
        EXPECT_NE(complaint(each.key, min == 0 ? "-1" : std::to_string(min - 1)), "") << each.key;
    }
}

TEST(Fields, TakeEveryOneOfTheirChoices) {
    for (const auto& each : gateway_fields()) {
        if (each.traits.choices.empty()) continue;
        for (const std::string& choice : each.traits.choices) {
            GatewayConfig config;
            EXPECT_EQ(assign(each, config, choice), std::nullopt) << each.key;
            EXPECT_EQ(value_text(each, config), choice);
        }
        EXPECT_NE(complaint(each.key, "no such choice"), "") << each.key;
    }
}

TEST(Fields, TakeWholeNumbersOnly) {
    for (const char* bad : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "16k", "--1", "1,000"}) {
        EXPECT_NE(complaint("server.port", bad), "") << bad;
    }
    EXPECT_EQ(complaint("server.port", "-0"), "");
    EXPECT_EQ(complaint("server.port", "99999999999999999999999"), "99999999999999999999999 is out of range 0..65535");
}

TEST(Fields, KeepTheirValueWhenTheTextIsBad) {
    GatewayConfig config;
    config.server.port = 7;
    config.log.level = "error";
    config.kernels.cull_busy = true;
    config.token = "kept";
    EXPECT_TRUE(assign(field("server.port"), config, "70000").has_value());
    EXPECT_TRUE(assign(field("log.level"), config, "loud").has_value());
    EXPECT_TRUE(assign(field("kernels.cull_busy"), config, "maybe").has_value());
    EXPECT_TRUE(assign(field("token"), config, "").has_value());
    EXPECT_EQ(config.server.port, 7);
    EXPECT_EQ(config.log.level, "error");
    EXPECT_TRUE(config.kernels.cull_busy);
    EXPECT_EQ(config.token, "kept");
}

TEST(Fields, SayWhatTheyMayHold) {
    EXPECT_EQ(allowed_text(field("server.port")), "0..65535");
    EXPECT_EQ(allowed_text(field("kernels.cull_busy")), "true, false");
    EXPECT_EQ(allowed_text(field("zmq.transport")), "tcp, ipc");
    EXPECT_EQ(allowed_text(field("server.ip")), "text");
}

}  // namespace
}  // namespace corncob::config
