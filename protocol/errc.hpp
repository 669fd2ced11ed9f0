// Why bytes are not a message. Translated once, at the edge, to a close code, a status or a log line.
#pragma once

#include <string_view>

#include "protocol/result.hpp"

namespace corncob::protocol {

enum class Errc {
    frame_too_short,      ///< ends before the offset table or a part does
    too_many_parts,       ///< more offsets than kPartsMax
    too_few_parts,        ///< channel, header, parent_header, metadata or content is absent
    offset_out_of_order,  ///< offsets must not fall, and the first is the end of the table
    offset_out_of_range,  ///< points past the end of the frame, or leaves bytes that belong to no part
    bad_utf8,             ///< a text part is not UTF-8
    bad_json,             ///< a JSON part cannot be parsed
    not_an_object,        ///< a JSON part is no object
    missing_field,        ///< a header field that the protocol requires is absent
    wrong_type,           ///< a field is there with another JSON type
    too_long,             ///< more bytes than kHeaderBytesMax or kIdBytesMax
    too_deep,             ///< JSON nested deeper than kJsonDepthMax
    no_delimiter,         ///< a ZMQ message without <IDS|MSG>, or with too many identities in front of it
    signature_length,     ///< a ZMQ signature of the wrong length, or one where the key is empty
    bad_signature,        ///< made with another key, or of other bytes
    replayed,             ///< a signature that was here before
    unknown_channel,
    unknown_msg_type,
};

/// Stable lower-case name, used in logs and metric labels.
std::string_view name(Errc code);

using Failure = corncob::Failure<Errc>;
template <class T>
using Result = corncob::Result<T, Errc>;

}  // namespace corncob::protocol
