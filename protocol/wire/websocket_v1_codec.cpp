#include "protocol/wire/websocket_v1_codec.hpp"

#include <array>
#include <cstdint>

#include "protocol/json_object.hpp"
#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"

namespace corncob::protocol::wire {
namespace {

constexpr std::size_t kIntBytes = 8;
constexpr std::size_t kTextParts = 5;  // channel, header, parent_header, metadata, content

void append_int(std::string& out, std::uint64_t value) {
    std::array<char, kIntBytes> bytes{};
    for (std::size_t i = 0; i < kIntBytes; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xFFU);
    out.append(bytes.data(), bytes.size());
}

/// The caller has checked that eight bytes are there.
std::uint64_t int_at(std::string_view frame, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = kIntBytes; i > 0; --i) {
        value = (value << 8U) | static_cast<unsigned char>(frame[at + i - 1]);
    }
    return value;
}

/// The frame's table of offsets, found sound: in order and inside the frame.
class OffsetTable {
 public:
    static Result<OffsetTable> read(std::string_view frame);

    std::size_t parts() const { return parts_; }
    std::string_view part(std::size_t i) const {
        const std::size_t begin = offset(i);
        return frame_.substr(begin, offset(i + 1) - begin);
    }

 private:
    OffsetTable(std::string_view frame, std::size_t parts) : frame_(frame), parts_(parts) {}
    Result<void> check_offsets() const;
    std::size_t offset(std::size_t i) const { return int_at(frame_, kIntBytes * (i + 1)); }

    std::string_view frame_;
    std::size_t parts_;
};

static_assert(sizeof(std::size_t) == sizeof(std::uint64_t), "offsets are compared as std::size_t");

Result<OffsetTable> OffsetTable::read(std::string_view frame) {
    const std::string size = std::to_string(frame.size());
    if (frame.size() < kIntBytes) {
        return Failure{Errc::frame_too_short, "frame of " + size + " bytes ends inside offset_number (8 bytes)"};
    }
    const std::uint64_t count = int_at(frame, 0);
    if (count < kTextParts + 1) {
        return Failure{Errc::too_few_parts, "offset_number is " + std::to_string(count) +
                                                ", the five text parts need at least " +
                                                std::to_string(kTextParts + 1)};
    }
    if (count > kPartsMax + 1) {
        return Failure{Errc::too_many_parts,
                       "offset_number is " + std::to_string(count) + ", the limit is " + std::to_string(kPartsMax + 1)};
    }
    if (frame.size() < kIntBytes * (1 + count)) {
        return Failure{Errc::frame_too_short, "frame of " + size + " bytes ends inside its table of " +
                                                  std::to_string(count) + " offsets (" +
                                                  std::to_string(kIntBytes * (1 + count)) + " bytes)"};
    }
    const OffsetTable table(frame, count - 1);
    if (auto checked = table.check_offsets(); !checked) return checked.error();
    return table;
}

Result<void> OffsetTable::check_offsets() const {
    const auto describe = [this](std::size_t i) {
        return "offset_" + std::to_string(i) + " is " + std::to_string(offset(i));
    };
    const std::size_t table_end = kIntBytes * (2 + parts_);
    std::size_t before = table_end;
    for (std::size_t i = 0; i <= parts_; ++i) {
        if (offset(i) > frame_.size()) {
            return Failure{Errc::offset_out_of_range,
                           describe(i) + ", the frame has " + std::to_string(frame_.size()) + " bytes"};
        }
        if (offset(i) < before || (i == 0 && offset(i) != table_end)) {
            return Failure{
                Errc::offset_out_of_order,
                describe(i) + (i == 0 ? ", the table ends at " : ", the one before it is ") + std::to_string(before)};
        }
        before = offset(i);
    }
    if (before != frame_.size()) {
        return Failure{Errc::offset_out_of_range, describe(parts_) + ", the last one must be the frame's length of " +
                                                      std::to_string(frame_.size()) + " bytes"};
    }
    return {};
}

Result<Channel> decode_channel(std::string_view part) {
    if (!is_utf8(part)) return Failure{Errc::bad_utf8, "channel is not UTF-8"};
    const auto channel = parse_channel(part);
    if (!channel || *channel == Channel::heartbeat) {
        return Failure{Errc::unknown_channel,
                       "channel " + quoted_excerpt(part) + " is none of shell, control, iopub, stdin"};
    }
    return *channel;
}

}  // namespace

std::string encode_websocket_v1(const Message& message) {
    const std::string_view channel = wire_name(message.channel);
    const std::array<std::string_view, kTextParts> texts{channel, message.header_json, message.parent_header_json,
                                                         message.metadata_json, message.content_json};
    const std::size_t offset_number = texts.size() + message.buffers.size() + 1;
    std::size_t offset = kIntBytes * (1 + offset_number);

    std::string out;
    out.reserve(offset + channel.size() + message.size_bytes());
    append_int(out, offset_number);
    append_int(out, offset);
    for (const std::string_view text : texts) append_int(out, offset += text.size());
    for (const std::string& buffer : message.buffers) append_int(out, offset += buffer.size());
    for (const std::string_view text : texts) out.append(text);
    for (const std::string& buffer : message.buffers) out.append(buffer);
    return out;
}

Result<Message> decode_websocket_v1(std::string_view frame) {
    const auto table = OffsetTable::read(frame);
    if (!table) return table.error();
    const auto channel = decode_channel(table->part(0));
    if (!channel) return channel.error();
    auto header = parse_header(table->part(1));
    if (!header) return header.error();
    constexpr std::array<std::string_view, kTextParts> kNames{"channel", "header", "parent_header", "metadata",
                                                              "content"};
    for (std::size_t i = 2; i < kTextParts; ++i) {
        if (auto checked = check_json_object(table->part(i), kNames[i]); !checked) return checked.error();
    }

    Message message{.channel = *channel,
                    .header = std::move(*header),
                    .header_json = std::string(table->part(1)),
                    .parent_header_json = std::string(table->part(2)),
                    .metadata_json = std::string(table->part(3)),
                    .content_json = std::string(table->part(4)),
                    .buffers = {}};
    message.buffers.reserve(table->parts() - kTextParts);
    for (std::size_t i = kTextParts; i < table->parts(); ++i) message.buffers.emplace_back(table->part(i));
    return message;
}

}  // namespace corncob::protocol::wire
