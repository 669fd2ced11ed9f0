#include "server/websocket/close_code.hpp"

#include <string>

namespace corncob::server {
namespace {

constexpr std::size_t kReasonBytesMax = 123;  // RFC 6455: a control frame holds 125 bytes, the code takes 2

/// Cut to what fits, and to ASCII: a cut must not fall into the middle of a character.
std::string reason_text(const protocol::Failure& failure) {
    std::string text = std::string(protocol::name(failure.code)) + ": " + failure.detail;
    if (text.size() > kReasonBytesMax) text.resize(kReasonBytesMax);
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    }
    return text;
}

}  // namespace

std::optional<websocket::close_reason> close_reason_of(const protocol::Failure& failure) {
    using protocol::Errc;
    switch (failure.code) {
        case Errc::unknown_channel:
        case Errc::unknown_msg_type:
            return std::nullopt;
        case Errc::bad_utf8:
        case Errc::bad_json:
        case Errc::not_an_object:
        case Errc::missing_field:
        case Errc::wrong_type:
            return websocket::close_reason(websocket::close_code::bad_payload, reason_text(failure));
        default:
            return websocket::close_reason(websocket::close_code::unknown_data, reason_text(failure));
    }
}

}  // namespace corncob::server
