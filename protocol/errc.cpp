#include "protocol/errc.hpp"

namespace corncob::protocol {

std::string_view name(Errc code) {
    switch (code) {
        case Errc::frame_too_short:
            return "frame_too_short";
        case Errc::too_many_parts:
            return "too_many_parts";
        case Errc::too_few_parts:
            return "too_few_parts";
        case Errc::offset_out_of_order:
            return "offset_out_of_order";
        case Errc::offset_out_of_range:
            return "offset_out_of_range";
        case Errc::bad_utf8:
            return "bad_utf8";
        case Errc::bad_json:
            return "bad_json";
        case Errc::not_an_object:
            return "not_an_object";
        case Errc::missing_field:
            return "missing_field";
        case Errc::wrong_type:
            return "wrong_type";
        case Errc::too_long:
            return "too_long";
        case Errc::too_deep:
            return "too_deep";
        case Errc::no_delimiter:
            return "no_delimiter";
        case Errc::signature_length:
            return "signature_length";
        case Errc::bad_signature:
            return "bad_signature";
        case Errc::replayed:
            return "replayed";
        case Errc::unknown_channel:
            return "unknown_channel";
        case Errc::unknown_msg_type:
            return "unknown_msg_type";
    }
    return "unknown";
}

}  // namespace corncob::protocol
