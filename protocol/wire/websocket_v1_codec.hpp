// v1.kernel.websocket.jupyter.org: one binary frame a message, both ways.
// https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
//
//   [offset_number][offset_0]...[offset_{n-1}][channel][header][parent_header][metadata][content][buffer...]
//
// All integers are uint64, little-endian. offset_0 is where the channel begins (= 8 * (1 + offset_number)),
// the last offset is the length of the frame.
#pragma once

#include <string>
#include <string_view>

#include "protocol/message.hpp"

namespace corncob::protocol::wire {

inline constexpr std::string_view kWebsocketV1Subprotocol = "v1.kernel.websocket.jupyter.org";

/// Takes any number of buffers; kPartsMax binds what comes in only.
std::string encode_websocket_v1(const Message& message);

/// The table and the parts must cover the frame exactly. The header is parsed; parent_header, metadata and content are
/// checked to be UTF-8 between braces, not nested deeper than kJsonDepthMax, and are otherwise left as bytes. A
/// msg_type that only a kernel may send decodes: who takes the message refuses it.
Result<Message> decode_websocket_v1(std::string_view frame);

}  // namespace corncob::protocol::wire
