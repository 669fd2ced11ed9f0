// The five channels of the Jupyter messaging protocol.
#pragma once

#include <optional>
#include <string_view>

namespace corncob::protocol {

/// `stdin_` because stdin is a macro; on the wire it is "stdin", heartbeat is "hb" and never on a WebSocket.
enum class Channel { shell, control, iopub, stdin_, heartbeat };

std::string_view wire_name(Channel channel);
std::optional<Channel> parse_channel(std::string_view wire_name);

}  // namespace corncob::protocol
