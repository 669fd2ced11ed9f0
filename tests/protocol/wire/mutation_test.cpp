// A property of all decoders: whatever the bytes, the answer is a value, and what decodes encodes again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <random>

#include "protocol/json_text.hpp"
#include "protocol/wire/websocket_legacy_codec.hpp"
#include "protocol/wire/websocket_v1_codec.hpp"
#include "protocol/wire/zmq_codec.hpp"
#include "tests/protocol/sample.hpp"
#include "tests/protocol/wire/flat_frames.hpp"

namespace corncob::protocol::wire {
namespace {

constexpr std::uint64_t kDefaultSeed = 20261121;
constexpr int kRounds = 20'000;

/// CORNCOB_TEST_SEED repeats or varies a run.
std::uint64_t seed() {
    const char* text = std::getenv("CORNCOB_TEST_SEED");
    return text == nullptr ? kDefaultSeed : std::strtoull(text, nullptr, 10);
}

/// Spoils frames, always the same way for one seed.
class Mutator {
 public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    /// One to four changes anywhere, more often near the start, where the table is.
    std::string mutate(std::string frame) {
        const std::size_t changes = 1 + below(4);
        for (std::size_t i = 0; i < changes; ++i) change(frame);
        return frame;
    }

 private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    std::size_t place(const std::string& frame) {
        return below(2) == 0 ? below(std::min<std::size_t>(frame.size(), 72)) : below(frame.size());
    }

    void change(std::string& frame) {
        const std::size_t at = place(frame);
        constexpr std::string_view kPieces[] = {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                                                "{",
                                                "}",
                                                "[[",
                                                "\"",
                                                "\\",
                                                "null",
                                                "\xC3",
                                                "\"header\":",
                                                "\"channel\":1,"};
        switch (below(6)) {
            case 0:
                if (!frame.empty()) frame[at] = static_cast<char>(random_());
                break;
            case 1:
                if (!frame.empty()) frame[at] = static_cast<char>(frame[at] ^ (1 << below(8)));
                break;
            case 2:
                frame.insert(at, kPieces[below(std::size(kPieces))]);
                break;
            case 3:
                frame.erase(at, 1 + below(16));
                break;
            case 4:
                frame.resize(below(frame.size() + 1));
                break;
            default:
                frame.replace(at, 8, kPieces[0]);
                break;
        }
    }

    std::mt19937_64 random_;
};

using Decode = Result<Message> (*)(std::string_view);
using Encode = std::string (*)(const Message&);

std::string encode_legacy(const Message& message) {
    return encode_websocket_legacy(message).bytes;
}

/// Counts what failed and what still decoded, so that the property is known to have been tried on both.
struct Tally {
    int failed = 0;
    int decoded = 0;
};

Tally check(const std::string& frame, Encode encode, Decode decode) {
    Tally tally;
    Mutator mutator(seed());
    for (int round = 0; round < kRounds; ++round) {
        const std::string mutated = mutator.mutate(frame);
        SCOPED_TRACE("CORNCOB_TEST_SEED=" + std::to_string(seed()) + " round " + std::to_string(round));
        const auto message = decode(mutated);
        if (!message) {
            ++tally.failed;
            EXPECT_FALSE(message.error().detail.empty());
            EXPECT_TRUE(is_utf8(message.error().detail)) << "a sentence goes into a close frame";
            EXPECT_LT(message.error().detail.size(), 500U);
            continue;
        }
        ++tally.decoded;
        const auto again = decode(encode(*message));
        EXPECT_TRUE(again) << again.error().detail;
        if (again) expect_same(*again, *message);
        if (testing::Test::HasFailure()) break;  // the first seed and round are enough
    }
    return tally;
}

void expect_both(const Tally& tally) {
    EXPECT_GT(tally.failed, kRounds / 10);
    EXPECT_GT(tally.decoded, kRounds / 1000);
}

TEST(Mutation, WebsocketV1) {
    expect_both(check(encode_websocket_v1(sample_message()), encode_websocket_v1, decode_websocket_v1));
}

TEST(Mutation, WebsocketV1WithBuffers) {
    expect_both(check(encode_websocket_v1(sample_message({"one", std::string(300, '\x80')})), encode_websocket_v1,
                      decode_websocket_v1));
}

TEST(Mutation, WebsocketLegacyText) {
    expect_both(check(encode_legacy(sample_message()), encode_legacy, decode_websocket_legacy_text));
}

TEST(Mutation, WebsocketLegacyBinary) {
    const auto encode = [](const Message& message) {
        if (!message.buffers.empty()) return encode_websocket_legacy(message).bytes;
        Message with_buffer = message;  // a frame without buffers would be text
        with_buffer.buffers = {""};
        return encode_websocket_legacy(with_buffer).bytes;
    };
    const auto decode = [](std::string_view frame) {
        auto message = decode_websocket_legacy_binary(frame);
        if (message && message->buffers == std::vector<std::string>{""}) message->buffers.clear();
        return message;
    };
    expect_both(check(encode_legacy(sample_message({"one", std::string(300, '\x80')})), encode, decode));
}

/// The message's frames behind one identity, as one text.
std::string flat_message(const Message& message, std::string_view key) {
    const std::string signature = Signer(key).sign(signed_parts(message));
    std::vector<std::string_view> frames = zmq_frames(message, signature);
    frames.insert(frames.begin(), "id");
    return flat(frames);
}

// With a key no mutant gets past the signature; without one all of the decoder is reached.
TEST(Mutation, Zmq) {
    const auto encode = [](const Message& message) { return flat_message(message, ""); };
    const auto decode = [](std::string_view text) -> Result<Message> {
        ZmqTrust trust{Signer("")};
        auto decoded = decode_zmq(Channel::shell, frames_of(text), trust);
        if (!decoded) return decoded.error();
        return std::move(decoded->message);
    };
    expect_both(check(flat_message(sample_message(), ""), encode, decode));
    expect_both(check(flat_message(sample_message({"one", std::string(300, '\x80')}), ""), encode, decode));
}

TEST(Mutation, ZmqSigned) {
    const std::string frames = flat_message(sample_message({"one"}), "key");
    Mutator mutator(seed());
    for (int round = 0; round < kRounds; ++round) {
        ZmqTrust trust{Signer("key")};
        const std::string mutated = mutator.mutate(frames);
        const auto decoded = decode_zmq(Channel::shell, frames_of(mutated), trust);
        if (!decoded) continue;
        Message message = decoded->message;  // buffers and identities are not signed
        message.buffers = {"one"};
        expect_same(message, sample_message({"one"}));
        ASSERT_FALSE(testing::Test::HasFailure()) << "CORNCOB_TEST_SEED=" << seed() << " round " << round;
    }
}

}  // namespace
}  // namespace corncob::protocol::wire
