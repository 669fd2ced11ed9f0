#include "protocol/wire/websocket_legacy_codec.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "protocol/json_object.hpp"
#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"

namespace corncob::protocol::wire {
namespace {

constexpr std::size_t kIntBytes = 4;

void append_int(std::string& out, std::size_t value) {
    if (value > std::numeric_limits<std::uint32_t>::max()) {
        throw std::length_error("a legacy WebSocket frame of " + std::to_string(value) + " bytes or more");
    }
    for (std::size_t i = kIntBytes; i > 0; --i) out += static_cast<char>((value >> (8 * (i - 1))) & 0xFFU);
}

/// The caller has checked that four bytes are there.
std::uint32_t int_at(std::string_view frame, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < kIntBytes; ++i) value = (value << 8U) | static_cast<unsigned char>(frame[at + i]);
    return value;
}

std::size_t json_bytes(const Message& message) {
    constexpr std::size_t kKeysAndIds = 256;
    return message.header_json.size() + message.parent_header_json.size() + message.metadata_json.size() +
           message.content_json.size() + message.header.msg_id.str().size() + kKeysAndIds;
}

void append_json(std::string& out, const Message& message) {
    out.append("{\"header\":").append(message.header_json);
    out.append(",\"msg_id\":");
    append_json_string(out, message.header.msg_id.str());
    out.append(",\"msg_type\":\"").append(wire_name(message.header.msg_type));
    out.append("\",\"parent_header\":").append(message.parent_header_json);
    out.append(",\"metadata\":").append(message.metadata_json);
    out.append(",\"content\":").append(message.content_json);
    if (message.buffers.empty()) out.append(",\"buffers\":[]");
    out.append(",\"channel\":\"").append(wire_name(message.channel)).append("\"}");
}

/// Places in the array of wanted members.
enum Part : std::size_t { kChannel, kHeader, kParentHeader, kMetadata, kContent, kBuffers, kParts };
using Members = std::array<JsonMember, kParts>;

Result<Channel> channel_of(const JsonMember& member) {
    if (member.empty()) return Channel::shell;
    if (member.kind != JsonKind::string) return Failure{Errc::wrong_type, "channel must be a string"};
    const auto channel = parse_channel(member.string);
    if (!channel || *channel == Channel::heartbeat) {
        return Failure{Errc::unknown_channel,
                       "channel " + quoted_excerpt(member.string) + " is none of shell, control, iopub, stdin"};
    }
    return *channel;
}

Result<void> check_parts(const Members& members) {
    if (members[kHeader].empty()) return Failure{Errc::missing_field, "header is missing"};
    for (const std::size_t i : {kHeader, kParentHeader, kMetadata, kContent}) {
        if (!members[i].empty() && members[i].kind != JsonKind::object) {
            return Failure{Errc::not_an_object, std::string(members[i].key) + " is not a JSON object"};
        }
    }
    const JsonMember& buffers = members[kBuffers];
    const bool no_buffers =
        buffers.kind == JsonKind::array && buffers.text.find_first_not_of(" \t\r\n", 1) == buffers.text.size() - 1;
    if (!buffers.empty() && !no_buffers) {
        return Failure{Errc::wrong_type, "buffers must be [] in the JSON: they go into a binary frame"};
    }
    return {};
}

std::string object_or_empty(const JsonMember& member) {
    return member.empty() ? std::string("{}") : std::string(member.text);
}

Result<Message> decode_json(std::string_view json) {
    if (const std::size_t good = utf8_prefix_bytes(json); good != json.size()) {
        return Failure{Errc::bad_utf8, "message is not UTF-8 at byte " + std::to_string(good)};
    }
    Members members{{{"channel"}, {"header"}, {"parent_header"}, {"metadata"}, {"content"}, {"buffers"}}};
    if (auto read = read_members(json, members, "message"); !read) return read.error();
    const auto channel = channel_of(members[kChannel]);
    if (!channel) return channel.error();
    if (auto checked = check_parts(members); !checked) return checked.error();
    auto header = parse_header(members[kHeader].text);
    if (!header) return header.error();
    return Message{.channel = *channel,
                   .header = std::move(*header),
                   .header_json = std::string(members[kHeader].text),
                   .parent_header_json = object_or_empty(members[kParentHeader]),
                   .metadata_json = object_or_empty(members[kMetadata]),
                   .content_json = object_or_empty(members[kContent]),
                   .buffers = {}};
}

Result<void> check_table_size(std::string_view frame) {
    const std::string size = std::to_string(frame.size());
    if (frame.size() < kIntBytes) {
        return Failure{Errc::frame_too_short, "frame of " + size + " bytes ends inside nbufs (4 bytes)"};
    }
    const std::size_t count = int_at(frame, 0);
    if (count == 0) return Failure{Errc::too_few_parts, "nbufs is 0, the JSON part alone makes it 1"};
    if (count > kPartsMax) {
        return Failure{Errc::too_many_parts,
                       "nbufs is " + std::to_string(count) + ", the limit is " + std::to_string(kPartsMax)};
    }
    if (frame.size() < kIntBytes * (1 + count)) {
        return Failure{Errc::frame_too_short, "frame of " + size + " bytes ends inside its table of " +
                                                  std::to_string(count) + " offsets (" +
                                                  std::to_string(kIntBytes * (1 + count)) + " bytes)"};
    }
    return {};
}

/// Parts of a binary frame: the JSON, then the buffers. A part ends where the next begins, the last with the frame.
Result<std::vector<std::string_view>> split(std::string_view frame) {
    if (auto checked = check_table_size(frame); !checked) return checked.error();
    const std::size_t count = int_at(frame, 0);
    std::vector<std::string_view> parts;
    parts.reserve(count);
    std::size_t begin = kIntBytes * (1 + count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t offset = int_at(frame, kIntBytes * (1 + i));
        const std::string where = "offset_" + std::to_string(i) + " is " + std::to_string(offset);
        if (offset > frame.size()) {
            return Failure{Errc::offset_out_of_range,
                           where + ", the frame has " + std::to_string(frame.size()) + " bytes"};
        }
        if (offset < begin || (i == 0 && offset != begin)) {
            return Failure{
                Errc::offset_out_of_order,
                where + (i == 0 ? ", the table ends at " : ", the one before it is ") + std::to_string(begin)};
        }
        if (i > 0) parts.push_back(frame.substr(begin, offset - begin));
        begin = offset;
    }
    parts.push_back(frame.substr(begin));
    return parts;
}

}  // namespace

LegacyFrame encode_websocket_legacy(const Message& message) {
    LegacyFrame frame;
    if (message.buffers.empty()) {
        frame.bytes.reserve(json_bytes(message));
        append_json(frame.bytes, message);
        return frame;
    }
    std::string json;
    json.reserve(json_bytes(message));
    append_json(json, message);

    frame.binary = true;
    const std::size_t count = 1 + message.buffers.size();
    std::size_t offset = kIntBytes * (1 + count);
    std::size_t total = offset + json.size();
    for (const std::string& buffer : message.buffers) total += buffer.size();
    frame.bytes.reserve(total);
    append_int(frame.bytes, count);
    append_int(frame.bytes, offset);
    offset += json.size();
    for (const std::string& buffer : message.buffers) {
        append_int(frame.bytes, offset);
        offset += buffer.size();
    }
    frame.bytes.append(json);
    for (const std::string& buffer : message.buffers) frame.bytes.append(buffer);
    return frame;
}

Result<Message> decode_websocket_legacy_text(std::string_view frame) {
    return decode_json(frame);
}

Result<Message> decode_websocket_legacy_binary(std::string_view frame) {
    auto parts = split(frame);
    if (!parts) return parts.error();
    auto message = decode_json(parts->front());
    if (!message) return message.error();
    message->buffers.assign(parts->begin() + 1, parts->end());
    return message;
}

}  // namespace corncob::protocol::wire
