// The older WebSocket form, for clients that offer no subprotocol.
// https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
//
// Without buffers: a text frame, the whole message as one JSON object with "channel".
// With buffers: a binary frame; uint32 big-endian: [nbufs][off_0]...[off_{nbufs-1}], offsets from the frame's
// start, part 0 the JSON of the message without its buffers (nbufs counts it).
#pragma once

#include <string>
#include <string_view>

#include "protocol/message.hpp"

namespace corncob::protocol::wire {

struct LegacyFrame {
    std::string bytes;
    bool binary = false;
};

/// Throws std::length_error if a message with buffers takes 4 GiB or more: its offsets cannot be written.
LegacyFrame encode_websocket_legacy(const Message& message);

/// A missing channel means shell, as jupyter_server has it; missing parts other than the header mean {}. The parts
/// are slices of the frame as they were sent (numbers, order of keys), not parsed and written again.
Result<Message> decode_websocket_legacy_text(std::string_view frame);
Result<Message> decode_websocket_legacy_binary(std::string_view frame);

}  // namespace corncob::protocol::wire
