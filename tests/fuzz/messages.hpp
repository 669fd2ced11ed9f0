// Properties of messages and of failures to decode one, for the targets of decoders.
#pragma once

#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"
#include "protocol/message.hpp"
#include "tests/fuzz/target.hpp"

namespace corncob::fuzz {

/// A failure names what is wrong in a sentence that fits into a close frame and a log line.
inline void require_sound(const protocol::Failure& failure) {
    require(!protocol::name(failure.code).empty(), "a failure has a name");
    require(!failure.detail.empty() && failure.detail.size() < 500, "a failure is a sentence");
    require(protocol::is_utf8(failure.detail), "a failure is UTF-8");
}

inline void require_same(const protocol::Header& got, const protocol::Header& want) {
    require(got.msg_id == want.msg_id && got.session == want.session, "ids survive");
    require(got.subshell_id == want.subshell_id && got.msg_type == want.msg_type, "type and subshell survive");
    require(got.username == want.username && got.date == want.date && got.version == want.version, "fields survive");
}

inline void require_same(const protocol::Message& got, const protocol::Message& want) {
    require(got.channel == want.channel, "the channel survives");
    require_same(got.header, want.header);
    require(got.header_json == want.header_json, "the header's bytes survive");
    require(got.parent_header_json == want.parent_header_json, "the parent header's bytes survive");
    require(got.metadata_json == want.metadata_json, "the metadata's bytes survive");
    require(got.content_json == want.content_json, "the content's bytes survive");
    require(got.buffers == want.buffers, "the buffers survive");
}

/// What every decoder promises of a message that it gives.
inline void require_sound(const protocol::Message& message) {
    using namespace protocol;
    require(!message.header.msg_id.str().empty() || message.header_json.size() > 2, "a header has fields");
    for (const auto* id :
         {&message.header.msg_id.str(), &message.header.session.str(), &message.header.subshell_id.str()}) {
        require(id->size() <= kIdBytesMax && is_utf8(*id), "an id is short UTF-8");
    }
    for (const auto* part :
         {&message.header_json, &message.parent_header_json, &message.metadata_json, &message.content_json}) {
        require(is_utf8(*part), "a text part is UTF-8");
        require(!is_nested_deeper_than(*part, kJsonDepthMax), "a text part is not too deep");
    }
    require(message.buffers.size() <= kPartsMax, "buffers are bounded");

    Header header = message.header;
    if (header.version.empty()) header.version = kProtocolVersion;
    const std::string text = header_json(header);
    if (text.size() > kHeaderBytesMax) return;  // escapes may make it longer than it came
    const auto again = parse_header(text);
    require(again.has_value(), "a header can be written");
    require_same(*again, header);
}

}  // namespace corncob::fuzz
