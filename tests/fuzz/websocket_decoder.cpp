// The three forms of a WebSocket frame. The first byte chooses the form, the rest is the frame.
#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"
#include "tests/fuzz/messages.hpp"

namespace corncob::fuzz {
namespace {

using namespace protocol;
using namespace protocol::wire;

void require_v1_keeps(const Message& message) {
    const auto again = decode_websocket_v1(encode_websocket_v1(message));
    require(again.has_value(), "what decodes encodes as v1");
    require_same(*again, message);
}

// A part of a v1 frame is only known to stand between braces: it need not fit into a JSON text.
void require_legacy_keeps(const Message& message) {
    const LegacyFrame frame = encode_websocket_legacy(message);
    require(frame.binary == !message.buffers.empty(), "only buffers make a frame binary");
    const auto again =
        frame.binary ? decode_websocket_legacy_binary(frame.bytes) : decode_websocket_legacy_text(frame.bytes);
    require(again.has_value(), "what decodes encodes as legacy");
    require_same(*again, message);
}

}  // namespace

bool try_input(std::string_view input) {
    const unsigned form = choose(input, 3);
    const auto message = form == 0   ? decode_websocket_v1(input)
                         : form == 1 ? decode_websocket_legacy_text(input)
                                     : decode_websocket_legacy_binary(input);
    if (!message) {
        require_sound(message.error());
        return false;
    }
    require_sound(*message);
    require_v1_keeps(*message);
    if (form == 0) {
        require(encode_websocket_v1(*message) == input, "v1 has one way to write a message");
    } else {
        require_legacy_keeps(*message);
    }
    return true;
}

}  // namespace corncob::fuzz
