#include "protocol/channel.hpp"

#include <array>

namespace corncob::protocol {
namespace {

constexpr std::array<std::string_view, 5> kNames{"shell", "control", "iopub", "stdin", "hb"};
static_assert(kNames.size() == static_cast<std::size_t>(Channel::heartbeat) + 1);

}  // namespace

std::string_view wire_name(Channel channel) {
    return kNames[static_cast<std::size_t>(channel)];
}

std::optional<Channel> parse_channel(std::string_view wire_name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == wire_name) return static_cast<Channel>(i);
    }
    return std::nullopt;
}

}  // namespace corncob::protocol
