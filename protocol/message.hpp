// One Jupyter message as a value. Parts keep the bytes they came in; only the header is parsed.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#general-message-format
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/channel.hpp"
#include "protocol/errc.hpp"
#include "protocol/ids.hpp"
#include "protocol/msg_type.hpp"

namespace corncob::protocol {

inline constexpr std::string_view kProtocolVersion = "5.5";

struct Header {
    MsgId msg_id;
    ClientSessionId session;
    std::string username;
    std::string date;     ///< ISO 8601, as received; may be empty (clients of protocol < 5.1 leave it out)
    std::string version;  ///< of the protocol, as received
    MsgType msg_type{};
    SubshellId subshell_id;  ///< empty: the main shell
};

/// A message. The *_json members hold one JSON object each, UTF-8, as received or as built; header_json is what
/// header was parsed from, and becomes the parent_header of every answer byte for byte.
struct Message {
    Channel channel{};
    Header header;
    std::string header_json;
    std::string parent_header_json = "{}";
    std::string metadata_json = "{}";
    std::string content_json = "{}";
    std::vector<std::string> buffers;

    /// Bytes of all parts, for quotas and outbox bounds.
    std::size_t size_bytes() const;
};

/// Parses a header's JSON. Requires msg_id, session and msg_type as strings; username, version and subshell_id may be
/// absent (or null), but if present must be strings; a date that is no string counts as absent. Other
/// fields are let pass. Fails also for what is over kHeaderBytesMax, kIdBytesMax or kJsonDepthMax, is not UTF-8, or has
/// a msg_type not in MsgType.
Result<Header> parse_header(std::string_view header_json);

/// Builds the JSON of a header; the inverse of parse_header. An empty version is written as kProtocolVersion, an
/// empty subshell_id is left out.
std::string header_json(const Header& header);

}  // namespace corncob::protocol
