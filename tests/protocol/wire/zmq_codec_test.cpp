#include "protocol/wire/zmq_codec.hpp"

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol::wire {
namespace {

using Parts = std::vector<std::string>;

constexpr std::string_view kKey = "secret-of-this-test";
constexpr std::size_t kSignatureAt = 1;  // behind the delimiter

ZmqTrust trust(std::string_view key = kKey) {
    return {Signer(key)};
}

/// A message on the wire, signed and with `identities` in front.
Parts frames_of(const Message& message, const Identities& identities = {"id"}, std::string_view key = kKey) {
    const std::string signature = Signer(key).sign(signed_parts(message));
    Parts frames(identities);
    for (const std::string_view frame : zmq_frames(message, signature)) frames.emplace_back(frame);
    return frames;
}

Result<ZmqMessage> decode(const Parts& frames, ZmqTrust& trusted) {
    const std::vector<std::string_view> views(frames.begin(), frames.end());
    return decode_zmq(Channel::shell, views, trusted);
}

Result<ZmqMessage> decode(const Parts& frames) {
    ZmqTrust trusted = trust();
    return decode(frames, trusted);
}

/// The sample with one part replaced, signed as it is then.
Parts with(std::string Message::*part, std::string text) {
    Message message = sample_message();
    message.*part = std::move(text);
    return frames_of(message);
}

TEST(ZmqCodec, ComesBackAsItWas) {
    for (const auto& buffers :
         {Parts{}, Parts{""}, Parts{"one", std::string("\0\xff", 2), std::string(100'000, 'x')}}) {
        const auto decoded = decode(frames_of(sample_message(buffers)));
        ASSERT_TRUE(decoded) << decoded.error().detail;
        expect_same(decoded->message, sample_message(buffers));
        EXPECT_EQ(decoded->identities, Identities{"id"});
    }
}

TEST(ZmqCodec, HasTheFramesOfTheProtocol) {
    const Message message = sample_message({"buffer"});
    const auto frames = zmq_frames(message, "signature");
    EXPECT_EQ(frames,
              (std::vector<std::string_view>{"<IDS|MSG>", "signature", message.header_json, message.parent_header_json,
                                             message.metadata_json, message.content_json, "buffer"}));
    EXPECT_EQ(frames[2].data(), message.header_json.data()) << "nothing is copied";
}

TEST(ZmqCodec, TheChannelIsTheSockets) {
    const Parts frames = frames_of(sample_message());
    const std::vector<std::string_view> views(frames.begin(), frames.end());
    ZmqTrust trusted = trust();
    EXPECT_EQ(decode_zmq(Channel::control, views, trusted)->message.channel, Channel::control);
}

TEST(ZmqCodec, IdentitiesAreAnyBytes) {
    const Identities identities{std::string("\0\xff\n", 3), "", "<IDS|MSG", std::string(255, '\xC3')};
    const auto decoded = decode(frames_of(sample_message(), identities));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->identities, identities);
    EXPECT_TRUE(decode(frames_of(sample_message(), {})));
    EXPECT_TRUE(decode(frames_of(sample_message(), Identities(kIdentitiesMax, "i"))));
    expect_failure(decode(frames_of(sample_message(), Identities(kIdentitiesMax + 1, "i"))), Errc::no_delimiter,
                   "no delimiter in the first 17 of 23 frames");
}

TEST(ZmqCodec, TheFirstDelimiterCounts) {
    const auto decoded = decode(frames_of(sample_message({"<IDS|MSG>"})));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->message.buffers, Parts{"<IDS|MSG>"});
}

TEST(ZmqCodec, RefusesTooFewFrames) {
    expect_failure(decode({}), Errc::too_few_parts, "0 frames");
    Parts frames = frames_of(sample_message(), {});
    while (frames.size() > 1) {
        frames.pop_back();
        expect_failure(decode(frames), Errc::too_few_parts, std::to_string(frames.size()) + " frames");
    }
    frames = frames_of(sample_message(), {"a", "b", "c"});
    frames.pop_back();
    expect_failure(decode(frames), Errc::too_few_parts, "5 frames");
}

TEST(ZmqCodec, RefusesTooManyFrames) {
    Parts frames = frames_of(sample_message());
    frames.resize(kPartsMax + kIdentitiesMax);
    EXPECT_TRUE(decode(frames));
    frames.emplace_back();
    expect_failure(decode(frames), Errc::too_many_parts, "1041 frames, the limit is 1040");
}

TEST(ZmqCodec, RefusesAMessageWithoutADelimiter) {
    Parts frames = frames_of(sample_message(), {});
    frames[0] = "<IDS|MSG> ";
    expect_failure(decode(frames), Errc::no_delimiter, "no delimiter in the first 6 of 6 frames");
}

TEST(ZmqCodec, RefusesASignatureThatIsNotRight) {
    Parts frames = frames_of(sample_message(), {});
    frames[kSignatureAt].pop_back();
    expect_failure(decode(frames), Errc::signature_length, "63 bytes");
    expect_failure(decode(frames_of(sample_message(), {}, "")), Errc::signature_length, "0 bytes");
    expect_failure(decode(frames_of(sample_message(), {}, "another key")), Errc::bad_signature, "does not fit");
    for (std::size_t part = 2; part < 6; ++part) {
        frames = frames_of(sample_message(), {});
        frames[part] += ' ';
        expect_failure(decode(frames), Errc::bad_signature, "does not fit");
    }
}

TEST(ZmqCodec, NothingIsParsedBeforeTheSignatureIsRight) {
    Parts frames = frames_of(sample_message(), {});
    for (std::size_t part = 2; part < 6; ++part) frames[part] = "\xff{";
    expect_failure(decode(frames), Errc::bad_signature, "does not fit");
}

TEST(ZmqCodec, AMessageCountsOnce) {
    ZmqTrust trusted = trust();
    const Parts frames = frames_of(sample_message());
    EXPECT_TRUE(decode(frames, trusted));
    expect_failure(decode(frames, trusted), Errc::replayed, "was here before");
    Message other = sample_message();
    other.content_json = "{}";
    EXPECT_TRUE(decode(frames_of(other), trusted));
    expect_failure(decode(frames, trusted), Errc::replayed, "was here before");
}

TEST(ZmqCodec, AForgedMessageDoesNotSpoilTheRightOne) {
    ZmqTrust trusted = trust();
    const Parts frames = frames_of(sample_message());
    Parts forged = frames;
    forged.back() += ' ';
    EXPECT_FALSE(decode(forged, trusted));
    EXPECT_TRUE(decode(frames, trusted));
}

TEST(ZmqCodec, WithAnEmptyKeyNothingIsSignedOrRemembered) {
    ZmqTrust trusted = trust("");
    const Parts frames = frames_of(sample_message(), {"id"}, "");
    EXPECT_TRUE(decode(frames, trusted));
    EXPECT_TRUE(decode(frames, trusted));
    expect_failure(decode(frames_of(sample_message()), trusted), Errc::signature_length, "must have 0");
}

TEST(ZmqCodec, RefusesPartsThatAreNoObjects) {
    std::string Message::*const parts[] = {&Message::parent_header_json, &Message::metadata_json,
                                           &Message::content_json};
    const char* const names[] = {"parent_header", "metadata", "content"};
    for (std::size_t i = 0; i < std::size(parts); ++i) {
        const auto part = parts[i];
        expect_failure(decode(with(part, "")), Errc::bad_json, names[i]);
        expect_failure(decode(with(part, "[]")), Errc::not_an_object, names[i]);
        expect_failure(decode(with(part, "{\"a\":\"\xff\"}")), Errc::bad_utf8, names[i]);
        expect_failure(decode(with(part, nested_object(kJsonDepthMax + 1))), Errc::too_deep, names[i]);
    }
}

TEST(ZmqCodec, RefusesAHeaderThatIsNone) {
    const auto header = &Message::header_json;
    expect_failure(decode(with(header, "")), Errc::bad_json, "header");
    expect_failure(decode(with(header, "{}")), Errc::missing_field, "header.msg_id");
    expect_failure(decode(with(header, "{\"msg_id\":}")), Errc::bad_json, "header");
    expect_failure(decode(with(header, R"({"msg_id":1,"session":"s","msg_type":"status"})")), Errc::wrong_type,
                   "header.msg_id");
    expect_failure(decode(with(header, R"({"msg_id":"1","session":"s","msg_type":"nonsense"})")),
                   Errc::unknown_msg_type, "nonsense");
    expect_failure(decode(with(header, "{" + std::string(kHeaderBytesMax, ' ') + "}")), Errc::too_long, "header");
}

}  // namespace
}  // namespace corncob::protocol::wire
