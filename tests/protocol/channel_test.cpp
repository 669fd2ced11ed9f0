#include "protocol/channel.hpp"

#include <gtest/gtest.h>

namespace corncob::protocol {
namespace {

TEST(Channel, WireNamesAreThoseOfTheProtocol) {
    EXPECT_EQ(wire_name(Channel::shell), "shell");
    EXPECT_EQ(wire_name(Channel::control), "control");
    EXPECT_EQ(wire_name(Channel::iopub), "iopub");
    EXPECT_EQ(wire_name(Channel::stdin_), "stdin");
    EXPECT_EQ(wire_name(Channel::heartbeat), "hb");
}

TEST(Channel, ParsesWhatItWrites) {
    for (const Channel channel :
         {Channel::shell, Channel::control, Channel::iopub, Channel::stdin_, Channel::heartbeat}) {
        EXPECT_EQ(parse_channel(wire_name(channel)), channel);
    }
}

TEST(Channel, OtherNamesAreNone) {
    for (const std::string_view text : {"", "Shell", "shell ", "stdin_", "heartbeat"}) {
        EXPECT_EQ(parse_channel(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace corncob::protocol
