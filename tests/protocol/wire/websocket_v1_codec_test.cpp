#include "protocol/wire/websocket_v1_codec.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol::wire {
namespace {

std::string little_endian(std::uint64_t value) {
    std::string out;
    for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
    return out;
}

/// A frame taken apart, so that a test can spoil one piece of it.
struct Frame {
    std::vector<std::string> parts{"shell", std::string(kSampleHeaderJson), "{}", "{}", "{}"};

    std::vector<std::uint64_t> offsets() const {
        std::vector<std::uint64_t> out{8 * (parts.size() + 2)};
        for (const std::string& part : parts) out.push_back(out.back() + part.size());
        return out;
    }
    std::string bytes() const { return bytes(offsets()); }
    std::string bytes(const std::vector<std::uint64_t>& table) const { return bytes(table.size(), table); }
    std::string bytes(std::uint64_t count, const std::vector<std::uint64_t>& table) const {
        std::string out = little_endian(count);
        for (const std::uint64_t offset : table) out += little_endian(offset);
        for (const std::string& part : parts) out += part;
        return out;
    }
};

TEST(WebsocketV1, LayoutIsThatOfTheSpecification) {
    Message message;
    message.channel = Channel::iopub;
    message.header_json = R"({"h":1})";
    message.parent_header_json = R"({"p":22})";
    message.metadata_json = "{}";
    message.content_json = R"({"c":3})";
    message.buffers = {"xyz"};
    std::string want = little_endian(7);
    for (const std::uint64_t offset : {64U, 69U, 76U, 84U, 86U, 93U, 96U}) want += little_endian(offset);
    want += R"(iopub{"h":1}{"p":22}{}{"c":3}xyz)";
    EXPECT_EQ(encode_websocket_v1(message), want);
}

TEST(WebsocketV1, RoundTripKeepsEveryByte) {
    const Message message = sample_message();
    const auto decoded = decode_websocket_v1(encode_websocket_v1(message));
    ASSERT_TRUE(decoded);
    expect_same(*decoded, message);
}

TEST(WebsocketV1, RoundTripWithBuffers) {
    const std::string binary("\x00\xFF{\"\n\x80", 6);
    const Message message = sample_message({binary, "", std::string(100'000, '\xAB')});
    const auto decoded = decode_websocket_v1(encode_websocket_v1(message));
    ASSERT_TRUE(decoded);
    expect_same(*decoded, message);
}

TEST(WebsocketV1, EveryChannelOfAWebsocket) {
    for (const Channel channel : {Channel::shell, Channel::control, Channel::iopub, Channel::stdin_}) {
        Frame frame;
        frame.parts[0] = std::string(wire_name(channel));
        const auto decoded = decode_websocket_v1(frame.bytes());
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->channel, channel);
    }
}

TEST(WebsocketV1, WhatOnlyAKernelMaySendDecodes) {
    Frame frame;
    frame.parts[1] = R"({"msg_id":"m","session":"s","msg_type":"execute_reply"})";
    const auto decoded = decode_websocket_v1(frame.bytes());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->header.msg_type, MsgType::execute_reply);
}

TEST(WebsocketV1, EveryTruncationFails) {
    const std::string frame = encode_websocket_v1(sample_message({"buffer"}));
    for (std::size_t size = 0; size < frame.size(); ++size) {
        const std::string cut(frame, 0, size);  // of its own, so that AddressSanitizer sees a read past its end
        const auto decoded = decode_websocket_v1(cut);
        ASSERT_TRUE(decoded.has_error()) << size;
        EXPECT_EQ(decoded.error().code, size < 8 * 8 ? Errc::frame_too_short : Errc::offset_out_of_range) << size;
    }
}

TEST(WebsocketV1, EmptyFrame) {
    expect_failure(decode_websocket_v1(""), Errc::frame_too_short, "0 bytes");
}

TEST(WebsocketV1, OffsetsAbsent) {
    for (const std::uint64_t count : {0U, 1U, 5U}) {
        expect_failure(decode_websocket_v1(little_endian(count)), Errc::too_few_parts, "at least 6");
    }
    expect_failure(decode_websocket_v1(little_endian(6)), Errc::frame_too_short, "table of 6 offsets (56 bytes)");
}

TEST(WebsocketV1, ContentPartAbsent) {
    Frame frame;
    frame.parts.pop_back();
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::too_few_parts, "offset_number is 5");
}

TEST(WebsocketV1, PartsHaveALimit) {
    Frame frame;
    frame.parts.resize(kPartsMax);
    EXPECT_TRUE(decode_websocket_v1(frame.bytes()));
    frame.parts.resize(kPartsMax + 1);
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::too_many_parts, "the limit is 1025");
}

TEST(WebsocketV1, OffsetNumberOverflows) {
    const Frame frame;
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    // 8 * (1 + 2^61 - 1) and 8 * (1 + 2^64 - 1) are 0 in 64 bits.
    for (const std::uint64_t count :
         {kMax, kMax - 1, (std::uint64_t{1} << 61U) - 1, std::uint64_t{1} << 61U, std::uint64_t{1} << 32U}) {
        expect_failure(decode_websocket_v1(frame.bytes(count, frame.offsets())), Errc::too_many_parts,
                       std::to_string(count));
    }
}

TEST(WebsocketV1, OffsetsOutOfOrder) {
    const Frame frame;
    auto table = frame.offsets();
    std::swap(table[2], table[3]);
    expect_failure(decode_websocket_v1(frame.bytes(table)), Errc::offset_out_of_order, "offset_3");
}

TEST(WebsocketV1, OffsetsBeginInsideTheTable) {
    const Frame frame;
    for (const std::uint64_t first : {0U, 8U, 55U}) {
        auto table = frame.offsets();
        table[0] = first;
        expect_failure(decode_websocket_v1(frame.bytes(table)), Errc::offset_out_of_order, "the table ends at 56");
    }
}

TEST(WebsocketV1, OffsetsBeginBehindTheTable) {
    const Frame frame;
    auto table = frame.offsets();
    ++table[0];
    expect_failure(decode_websocket_v1(frame.bytes(table)), Errc::offset_out_of_order, "offset_0 is 57");
}

TEST(WebsocketV1, OffsetsPastTheEnd) {
    const Frame frame;
    for (std::size_t i = 0; i < frame.offsets().size(); ++i) {
        auto table = frame.offsets();
        table[i] = table.back() + 1;
        expect_failure(decode_websocket_v1(frame.bytes(table)), Errc::offset_out_of_range,
                       "offset_" + std::to_string(i));
    }
}

TEST(WebsocketV1, OffsetsOverflow) {
    const Frame frame;
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t offset :
         {kMax, kMax - 7, std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) - 1, std::uint64_t{1} << 32U}) {
        for (std::size_t i = 0; i < frame.offsets().size(); ++i) {
            auto table = frame.offsets();
            table[i] = offset;
            expect_failure(decode_websocket_v1(frame.bytes(table)), Errc::offset_out_of_range, std::to_string(offset));
        }
    }
}

TEST(WebsocketV1, BytesBehindTheLastPart) {
    const Frame frame;
    expect_failure(decode_websocket_v1(frame.bytes() + "x"), Errc::offset_out_of_range, "offset_5");
}

TEST(WebsocketV1, BadUtf8InEveryTextPart) {
    constexpr std::array<std::string_view, 5> kNames{"channel", "header", "parent_header", "metadata", "content"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        Frame frame;
        frame.parts[i].insert(1, "\xC3\x28");
        expect_failure(decode_websocket_v1(frame.bytes()), Errc::bad_utf8, kNames[i]);
    }
}

TEST(WebsocketV1, JsonThatIsNoObject) {
    constexpr std::array<std::string_view, 5> kNames{"channel", "header", "parent_header", "metadata", "content"};
    for (std::size_t i = 1; i < kNames.size(); ++i) {
        for (const std::string_view text : {"[]", "null", "\"{}\"", "{} ;"}) {
            Frame frame;
            frame.parts[i] = std::string(text);
            expect_failure(decode_websocket_v1(frame.bytes()), Errc::not_an_object, kNames[i]);
        }
    }
}

TEST(WebsocketV1, EmptyJsonPart) {
    for (std::size_t i = 1; i < 5; ++i) {
        Frame frame;
        frame.parts[i].clear();
        expect_failure(decode_websocket_v1(frame.bytes()), Errc::bad_json, "is empty");
    }
}

TEST(WebsocketV1, HeaderIsNotJson) {
    Frame frame;
    frame.parts[1] = "{\"msg_id\":\"m\",}";
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::bad_json, "header is not JSON at byte");
}

TEST(WebsocketV1, HeaderFieldIsMissing) {
    Frame frame;
    frame.parts[1] = R"({"msg_id":"m","msg_type":"execute_request"})";
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::missing_field, "header.session");
}

TEST(WebsocketV1, HeaderIsTooLong) {
    Frame frame;
    frame.parts[1].append(kHeaderBytesMax, ' ');
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::too_long, "65536");
}

TEST(WebsocketV1, ContentIsTooDeep) {
    Frame frame;
    frame.parts[4] = nested_object(kJsonDepthMax + 1);
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::too_deep, "content");
}

TEST(WebsocketV1, UnknownChannel) {
    for (const std::string_view channel : {"", "hb", "shellx", "SHELL"}) {
        Frame frame;
        frame.parts[0] = std::string(channel);
        expect_failure(decode_websocket_v1(frame.bytes()), Errc::unknown_channel, "\"" + std::string(channel) + "\"");
    }
}

TEST(WebsocketV1, UnknownMsgType) {
    Frame frame;
    frame.parts[1] = R"({"msg_id":"m","session":"s","msg_type":"execute_requests"})";
    expect_failure(decode_websocket_v1(frame.bytes()), Errc::unknown_msg_type, "execute_requests");
}

// Only the header is parsed: what else is between braces is passed on, to be refused by who reads it.
TEST(WebsocketV1, ContentIsLeftAsBytes) {
    Frame frame;
    frame.parts[4] = "{not json at all}";
    const auto decoded = decode_websocket_v1(frame.bytes());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->content_json, "{not json at all}");
}

}  // namespace
}  // namespace corncob::protocol::wire
