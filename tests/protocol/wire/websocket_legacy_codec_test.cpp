#include "protocol/wire/websocket_legacy_codec.hpp"

#include <cstdint>

#include <nlohmann/json.hpp>

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol::wire {
namespace {

std::string big_endian(std::uint32_t value) {
    std::string out;
    for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>((value >> (shift - 8)) & 0xFFU);
    return out;
}

/// The JSON of a request with `rest` behind its header, which closes the object.
std::string text_frame(std::string_view rest = R"(,"content":{}})") {
    return "{\"header\":" + std::string(kSampleHeaderJson) + std::string(rest);
}

/// A binary frame with any table in front of its parts.
std::string binary_frame(const std::vector<std::uint32_t>& ints, std::string_view parts) {
    std::string out;
    for (const std::uint32_t value : ints) out += big_endian(value);
    return out + std::string(parts);
}

TEST(WebsocketLegacy, TextHasTheKeysOfJupyterServer) {
    const Message message = sample_message();
    const LegacyFrame frame = encode_websocket_legacy(message);
    EXPECT_FALSE(frame.binary);
    const auto json = nlohmann::json::parse(frame.bytes);
    EXPECT_EQ(json.size(), 8U);
    EXPECT_EQ(json.at("header"), nlohmann::json::parse(message.header_json));
    EXPECT_EQ(json.at("parent_header"), nlohmann::json::parse(message.parent_header_json));
    EXPECT_EQ(json.at("metadata"), nlohmann::json::parse(message.metadata_json));
    EXPECT_EQ(json.at("content"), nlohmann::json::parse(message.content_json));
    EXPECT_EQ(json.at("buffers"), nlohmann::json::array());
    EXPECT_EQ(json.at("channel"), "shell");
    EXPECT_EQ(json.at("msg_id"), "m-1");
    EXPECT_EQ(json.at("msg_type"), "execute_request");
}

TEST(WebsocketLegacy, BinaryLayoutIsThatOfJupyterServer) {
    const LegacyFrame frame = encode_websocket_legacy(sample_message({"ab", "", "c"}));
    EXPECT_TRUE(frame.binary);
    const auto json_end = static_cast<std::uint32_t>(frame.bytes.size() - 3);
    EXPECT_EQ(frame.bytes.substr(0, 20), big_endian(4) + big_endian(20) + big_endian(json_end) +
                                             big_endian(json_end + 2) + big_endian(json_end + 2));
    EXPECT_EQ(frame.bytes.substr(json_end), "abc");
    const auto json = nlohmann::json::parse(frame.bytes.substr(20, json_end - 20));
    EXPECT_FALSE(json.contains("buffers"));
    EXPECT_EQ(json.at("channel"), "shell");
}

TEST(WebsocketLegacy, RoundTripOfTextKeepsEveryByte) {
    const Message message = sample_message();
    const auto decoded = decode_websocket_legacy_text(encode_websocket_legacy(message).bytes);
    ASSERT_TRUE(decoded);
    expect_same(*decoded, message);
}

TEST(WebsocketLegacy, RoundTripWithBuffers) {
    const Message message = sample_message({std::string("\x00\xFF{\x80", 4), "", std::string(100'000, '\xAB')});
    const auto decoded = decode_websocket_legacy_binary(encode_websocket_legacy(message).bytes);
    ASSERT_TRUE(decoded);
    expect_same(*decoded, message);
}

TEST(WebsocketLegacy, BinaryWithTheJsonAlone) {
    const auto decoded = decode_websocket_legacy_binary(binary_frame({1, 8}, text_frame()));
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->buffers.empty());
}

TEST(WebsocketLegacy, MissingPartsAreEmptyAndTheChannelIsShell) {
    for (const std::string_view rest :
         {"}", R"(,"channel":null,"parent_header":null,"metadata":null,"content":null,"buffers":null})",
          R"(,"buffers":[ ]})"}) {
        const auto decoded = decode_websocket_legacy_text(text_frame(rest));
        ASSERT_TRUE(decoded) << rest;
        EXPECT_EQ(decoded->channel, Channel::shell);
        EXPECT_EQ(decoded->parent_header_json, "{}");
        EXPECT_EQ(decoded->metadata_json, "{}");
        EXPECT_EQ(decoded->content_json, "{}");
        EXPECT_TRUE(decoded->buffers.empty());
    }
}

TEST(WebsocketLegacy, TheLastOfAPartGivenTwiceCounts) {
    const auto decoded = decode_websocket_legacy_text(
        text_frame(R"(,"content":{"a":1},"channel":"iopub","channel":"control","content":{"b":2}})"));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->content_json, R"({"b":2})");
    EXPECT_EQ(decoded->channel, Channel::control);
}

TEST(WebsocketLegacy, UnknownChannel) {
    for (const std::string_view channel : {"", "hb", "shells"}) {
        const std::string rest = ",\"channel\":\"" + std::string(channel) + "\"}";
        expect_failure(decode_websocket_legacy_text(text_frame(rest)), Errc::unknown_channel, channel);
    }
    expect_failure(decode_websocket_legacy_text(text_frame(R"(,"channel":3})")), Errc::wrong_type, "channel");
}

TEST(WebsocketLegacy, UnknownMsgType) {
    expect_failure(decode_websocket_legacy_text(R"({"header":{"msg_id":"m","session":"s","msg_type":"nope"}})"),
                   Errc::unknown_msg_type, "\"nope\"");
}

TEST(WebsocketLegacy, HeaderAbsentOrNoObject) {
    expect_failure(decode_websocket_legacy_text("{}"), Errc::missing_field, "header");
    expect_failure(decode_websocket_legacy_text(R"({"header":null})"), Errc::missing_field, "header");
    for (const std::string_view text : {R"({"header":[]})", R"({"header":"{}"})", R"({"header":1})"}) {
        expect_failure(decode_websocket_legacy_text(text), Errc::not_an_object, "header");
    }
}

TEST(WebsocketLegacy, HeaderFieldIsMissing) {
    expect_failure(decode_websocket_legacy_text(R"({"header":{}})"), Errc::missing_field, "header.msg_id");
}

TEST(WebsocketLegacy, PartIsNoObject) {
    for (const std::string part : {"parent_header", "metadata", "content"}) {
        for (const std::string value : {"[]", "\"x\"", "7", "true"}) {
            expect_failure(decode_websocket_legacy_text(text_frame(",\"" + part + "\":" + value + "}")),
                           Errc::not_an_object, part);
        }
    }
}

TEST(WebsocketLegacy, BuffersInTheJsonAreRefused) {
    for (const std::string value : {"[1]", "[[]]", "{}", "\"\"", "0"}) {
        expect_failure(decode_websocket_legacy_text(text_frame(",\"buffers\":" + value + "}")), Errc::wrong_type,
                       "buffers");
    }
}

TEST(WebsocketLegacy, NotJson) {
    for (const std::string_view text : {"", " ", "{", "nonsense", "{\"header\":{}", "{}{}", "{\"header\":tru}"}) {
        expect_failure(decode_websocket_legacy_text(text), Errc::bad_json, "message is not JSON at byte");
    }
}

TEST(WebsocketLegacy, JsonThatIsNoObject) {
    for (const std::string_view text : {"[]", "null", "3", "\"{}\""}) {
        expect_failure(decode_websocket_legacy_text(text), Errc::not_an_object, "message");
    }
}

TEST(WebsocketLegacy, BadUtf8) {
    expect_failure(decode_websocket_legacy_text("{\"header\":\"\xFF\"}"), Errc::bad_utf8, "at byte 11");
    expect_failure(decode_websocket_legacy_binary(binary_frame({1, 8}, "{\"header\":\"\xFF\"}")), Errc::bad_utf8,
                   "at byte 11");
}

TEST(WebsocketLegacy, TooDeep) {
    // The message itself is one level.
    EXPECT_TRUE(decode_websocket_legacy_text(text_frame(",\"content\":" + nested_object(kJsonDepthMax - 1) + "}")));
    expect_failure(decode_websocket_legacy_text(text_frame(",\"content\":" + nested_object(kJsonDepthMax) + "}")),
                   Errc::too_deep, "512");
    expect_failure(decode_websocket_legacy_text(text_frame(",\"content\":" + nested_object(2'000'000) + "}")),
                   Errc::too_deep, "512");
}

TEST(WebsocketLegacy, HeaderIsTooLong) {
    const std::string id(kIdBytesMax + 1, 'x');
    expect_failure(
        decode_websocket_legacy_text(R"({"header":{"msg_id":")" + id + R"(","session":"s","msg_type":"comm_msg"}})"),
        Errc::too_long, "header.msg_id");
}

TEST(WebsocketLegacy, EveryTruncationOfBinaryIsAValue) {
    const std::string frame = encode_websocket_legacy(sample_message({"buffer"})).bytes;
    const std::size_t buffer_begin = frame.size() - 6;
    for (std::size_t size = 0; size < frame.size(); ++size) {
        const std::string cut(frame, 0, size);  // of its own, so that AddressSanitizer sees a read past its end
        const auto decoded = decode_websocket_legacy_binary(cut);
        // This form does not say where the last part ends: a cut in the last buffer makes it shorter.
        ASSERT_EQ(decoded.has_value(), size >= buffer_begin) << size;
        if (!decoded) {
            EXPECT_EQ(decoded.error().code, size < 12 ? Errc::frame_too_short : Errc::offset_out_of_range) << size;
        }
    }
}

TEST(WebsocketLegacy, OffsetsAbsent) {
    expect_failure(decode_websocket_legacy_binary(""), Errc::frame_too_short, "nbufs");
    expect_failure(decode_websocket_legacy_binary(big_endian(0)), Errc::too_few_parts, "nbufs is 0");
    expect_failure(decode_websocket_legacy_binary(big_endian(1)), Errc::frame_too_short, "table of 1 offsets");
}

TEST(WebsocketLegacy, PartsHaveALimit) {
    for (const std::uint32_t count :
         {static_cast<std::uint32_t>(kPartsMax) + 1, 0x3FFFFFFFU, 0x40000000U, 0xFFFFFFFFU}) {
        expect_failure(decode_websocket_legacy_binary(binary_frame({count, 8}, text_frame())), Errc::too_many_parts,
                       "the limit is 1024");
    }
}

TEST(WebsocketLegacy, OffsetsOutOfOrder) {
    const std::string json = text_frame();
    const auto end = static_cast<std::uint32_t>(16 + json.size());
    EXPECT_TRUE(decode_websocket_legacy_binary(binary_frame({3, 16, end, end + 1}, json + "ab")));
    expect_failure(decode_websocket_legacy_binary(binary_frame({3, 16, end + 1, end}, json + "ab")),
                   Errc::offset_out_of_order, "offset_2");
    for (const std::uint32_t first : {0U, 4U, 15U, 17U}) {
        expect_failure(decode_websocket_legacy_binary(binary_frame({3, first, end, end + 1}, json + "ab")),
                       Errc::offset_out_of_order, "the table ends at 16");
    }
}

TEST(WebsocketLegacy, OffsetsPastTheEnd) {
    const std::string json = text_frame();
    for (const std::uint32_t offset : {static_cast<std::uint32_t>(json.size()) + 13, 0x80000000U, 0xFFFFFFFFU}) {
        expect_failure(decode_websocket_legacy_binary(binary_frame({2, 12, offset}, json)), Errc::offset_out_of_range,
                       "offset_1 is " + std::to_string(offset));
        expect_failure(decode_websocket_legacy_binary(binary_frame({2, offset, 12}, json)), Errc::offset_out_of_range,
                       "offset_0 is " + std::to_string(offset));
    }
}

TEST(WebsocketLegacy, JsonPartIsEmpty) {
    expect_failure(decode_websocket_legacy_binary(binary_frame({2, 12, 12}, "buffer")), Errc::bad_json, "message");
}

}  // namespace
}  // namespace corncob::protocol::wire
