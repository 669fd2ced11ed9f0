// A ZMQ message as its frames (flat_frames.hpp). The first byte chooses what is trusted: a key that the input does not
// know, no key, or a key and the input's frames signed with it, so that what lies behind the signature is reached.
#include "protocol/wire/zmq_codec.hpp"

#include <algorithm>

#include "tests/fuzz/messages.hpp"
#include "tests/protocol/wire/flat_frames.hpp"

namespace corncob::fuzz {
namespace {

using namespace protocol;
using namespace protocol::wire;

constexpr std::string_view kKey = "a key that no input is signed with, 7b1f3c";
constexpr std::string_view kOtherKey = "another, 91d0aa";
enum Trust : unsigned { kKeyed, kKeyless, kSigned, kTrusts };

/// Puts the right signature where the input has one.
std::string sign(std::vector<std::string_view>& frames, const Signer& signer) {
    const auto delimiter = std::find(frames.begin(), frames.end(), kDelimiter);
    if (frames.end() - delimiter < 6) return {};
    std::string signature = signer.sign({delimiter[2], delimiter[3], delimiter[4], delimiter[5]});
    delimiter[1] = signature;
    return signature;
}

/// What may be said about a message of which nothing was trusted yet.
bool is_told_to_strangers(Errc code) {
    return code == Errc::too_few_parts || code == Errc::too_many_parts || code == Errc::no_delimiter ||
           code == Errc::signature_length || code == Errc::bad_signature;
}

std::vector<std::string_view> encoded(const ZmqMessage& decoded, std::string_view signature) {
    std::vector<std::string_view> frames(decoded.identities.begin(), decoded.identities.end());
    const auto parts = zmq_frames(decoded.message, signature);
    frames.insert(frames.end(), parts.begin(), parts.end());
    return frames;
}

/// The key has no part in what a failure says: with another one the sentence is the same. It is not looked for in the
/// sentence, since libFuzzer puts what is compared into its inputs, and what a client sent may be shown to it.
void require_silent(const protocol::Failure& failure, std::vector<std::string_view> frames, Trust trusted) {
    if (trusted == kKeyless) return;
    ZmqTrust other{Signer(kOtherKey)};
    const std::string signature = trusted == kSigned ? sign(frames, other.signer) : std::string();
    const auto decoded = decode_zmq(Channel::shell, frames, other);
    require(decoded.has_error() && decoded.error().code == failure.code && decoded.error().detail == failure.detail,
            "a failure says the same with another key");
}

void require_kept(const ZmqMessage& decoded, std::span<const std::string_view> frames, std::string_view key) {
    ZmqTrust trust{Signer(key)};
    const std::string signature = trust.signer.sign(signed_parts(decoded.message));
    const auto again = encoded(decoded, signature);
    require(std::equal(again.begin(), again.end(), frames.begin(), frames.end()),
            "there is one way to write a message");
    const auto twice = decode_zmq(decoded.message.channel, again, trust);
    require(twice.has_value(), "what decodes encodes");
    require_same(twice->message, decoded.message);
    require(twice->identities == decoded.identities, "identities survive");
    const auto replayed = decode_zmq(decoded.message.channel, again, trust);
    require(replayed.has_error() == trust.signer.signs(), "a signed message is taken once");
    require(!replayed.has_error() || replayed.error().code == Errc::replayed, "and then called replayed");
}

}  // namespace

bool try_input(std::string_view input) {
    const auto trusted = static_cast<Trust>(choose(input, kTrusts));
    const std::string_view key = trusted == kKeyless ? "" : kKey;
    ZmqTrust trust{Signer(key)};
    auto frames = frames_of(input);
    const std::string signature = trusted == kSigned ? sign(frames, trust.signer) : std::string();

    const auto decoded = decode_zmq(Channel::shell, frames, trust);
    if (!decoded) {
        require_sound(decoded.error());
        require_silent(decoded.error(), frames, trusted);
        require(trusted != kKeyed || is_told_to_strangers(decoded.error().code),
                "nothing is parsed before it is trusted");
        require(trusted != kSigned || decoded.error().code != Errc::bad_signature, "a right signature is seen");
        return false;
    }
    require(trusted != kKeyed, "no message without the key");
    require_sound(decoded->message);
    require(decoded->message.channel == Channel::shell, "the channel is the socket's");
    require_kept(*decoded, frames, key);
    return true;
}

}  // namespace corncob::fuzz
