#include "protocol/wire/zmq_codec.hpp"

#include <algorithm>

#include "protocol/json_object.hpp"
#include "protocol/limits.hpp"

namespace corncob::protocol::wire {
namespace {

using Frames = std::span<const std::string_view>;

/// Frames behind the identities, by place.
enum Place : std::size_t { kDelimiterPlace, kSignature, kHeader, kParentHeader, kMetadata, kContent, kBuffers };

/// How many frames stand in front of the delimiter.
Result<std::size_t> find_delimiter(Frames frames) {
    const Frames searched = frames.first(std::min(frames.size(), kIdentitiesMax + 1));
    const auto found = std::find(searched.begin(), searched.end(), kDelimiter);
    if (found == searched.end()) {
        return Failure{Errc::no_delimiter, "no delimiter in the first " + std::to_string(searched.size()) + " of " +
                                               std::to_string(frames.size()) + " frames"};
    }
    return static_cast<std::size_t>(found - searched.begin());
}

Result<void> check_count(std::size_t frames) {
    if (frames < kBuffers) {
        return Failure{Errc::too_few_parts, std::to_string(frames) + " frames, of which the protocol needs at least " +
                                                std::to_string(kBuffers)};
    }
    if (frames > kPartsMax + kIdentitiesMax) {
        return Failure{Errc::too_many_parts,
                       std::to_string(frames) + " frames, the limit is " + std::to_string(kPartsMax + kIdentitiesMax)};
    }
    return {};
}

/// What comes before the first byte is parsed. `parts` begin with the delimiter.
Result<void> check_trust(Frames parts, ZmqTrust& trust) {
    const SignedParts texts{parts[kHeader], parts[kParentHeader], parts[kMetadata], parts[kContent]};
    if (auto verified = trust.signer.verify(parts[kSignature], texts); !verified) return verified.error();
    if (trust.signer.signs() && !trust.seen.add(parts[kSignature])) {
        return Failure{Errc::replayed, "a message with this signature was here before"};
    }
    return {};
}

}  // namespace

SignedParts signed_parts(const Message& message) {
    return {message.header_json, message.parent_header_json, message.metadata_json, message.content_json};
}

std::vector<std::string_view> zmq_frames(const Message& message, std::string_view signature) {
    std::vector<std::string_view> frames{kDelimiter, signature};
    frames.reserve(kBuffers + message.buffers.size());
    for (const std::string_view part : signed_parts(message)) frames.push_back(part);
    for (const std::string& buffer : message.buffers) frames.emplace_back(buffer);
    return frames;
}

Result<ZmqMessage> decode_zmq(Channel channel, Frames frames, ZmqTrust& trust) {
    if (auto counted = check_count(frames.size()); !counted) return counted.error();
    const auto identities = find_delimiter(frames);
    if (!identities) return identities.error();
    const Frames parts = frames.subspan(*identities);
    if (auto counted = check_count(parts.size()); !counted) return counted.error();
    if (auto trusted = check_trust(parts, trust); !trusted) return trusted.error();

    auto header = parse_header(parts[kHeader]);
    if (!header) return header.error();
    if (auto checked = check_json_object(parts[kParentHeader], "parent_header"); !checked) return checked.error();
    if (auto checked = check_json_object(parts[kMetadata], "metadata"); !checked) return checked.error();
    if (auto checked = check_json_object(parts[kContent], "content"); !checked) return checked.error();

    const Frames buffers = parts.subspan(kBuffers);
    const Frames routing = frames.first(*identities);
    return ZmqMessage{.identities = Identities(routing.begin(), routing.end()),
                      .message = {.channel = channel,
                                  .header = std::move(*header),
                                  .header_json = std::string(parts[kHeader]),
                                  .parent_header_json = std::string(parts[kParentHeader]),
                                  .metadata_json = std::string(parts[kMetadata]),
                                  .content_json = std::string(parts[kContent]),
                                  .buffers = std::vector<std::string>(buffers.begin(), buffers.end())}};
}

}  // namespace corncob::protocol::wire
