// The wire form of the five ZMQ sockets: one multipart message, its frames given as byte spans. No zmq here.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#wire-protocol
//
//   [identity...] <IDS|MSG> signature header parent_header metadata content [buffer...]
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message.hpp"
#include "protocol/wire/signature.hpp"

namespace corncob::protocol::wire {

inline constexpr std::string_view kDelimiter = "<IDS|MSG>";

/// Where a ROUTER socket sends an answer to: bytes of any value, often one, of a DEALER's choosing.
using Identities = std::vector<std::string>;

struct ZmqMessage {
    Identities identities;
    Message message;
};

SignedParts signed_parts(const Message& message);

/// Views of the frames that follow the identities: delimiter, signature, the four JSON parts, the buffers. They are
/// good as long as `message` and `signature` are. On iopub the topic stands where the identities do.
std::vector<std::string_view> zmq_frames(const Message& message, std::string_view signature);

/// Whose messages are taken: their key, and what of them has been here before. For one thread.
struct ZmqTrust {
    Signer signer;
    SeenSignatures seen{};
};

/// Number of frames, delimiter, signature and replay are checked before anything is parsed; then the header is parsed,
/// and the other parts are checked to be UTF-8 between braces, not nested deeper than kJsonDepthMax. `channel` is the
/// socket's. No detail of a failure shows a key, a signature or content; a header's field may be quoted once the
/// signature is right. A msg_type that only a kernel may send decodes: who takes the message refuses it.
Result<ZmqMessage> decode_zmq(Channel channel, std::span<const std::string_view> frames, ZmqTrust& trust);

}  // namespace corncob::protocol::wire
