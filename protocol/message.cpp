#include "protocol/message.hpp"

#include <array>

#include "protocol/json_object.hpp"
#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"

namespace corncob::protocol {
namespace {

/// Places in the array of wanted members.
enum Field : std::size_t { kMsgId, kSession, kMsgType, kUsername, kDate, kVersion, kSubshellId, kFields };
using Fields = std::array<JsonMember, kFields>;

Result<void> check_fields(const Fields& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const JsonMember& field = fields[i];
        const std::string where = "header." + std::string(field.key);
        const bool required = i == kMsgId || i == kSession || i == kMsgType;
        const bool is_id = i == kMsgId || i == kSession || i == kSubshellId;
        if (required && field.empty()) return Failure{Errc::missing_field, where + " is missing"};
        // jupyter_server's gateway client sends a number as date; nobody computes with it, so it passes as absent.
        if (!field.empty() && field.kind != JsonKind::string && i != kDate) {
            return Failure{Errc::wrong_type, where + " must be a string"};
        }
        if (is_id && field.string.size() > kIdBytesMax) {
            return Failure{Errc::too_long, where + " has " + std::to_string(field.string.size()) +
                                               " bytes, the limit is " + std::to_string(kIdBytesMax)};
        }
    }
    return {};
}

void append_field(std::string& out, std::string_view key, std::string_view value) {
    out += out.size() == 1 ? "\"" : ",\"";
    out += key;
    out += "\":";
    append_json_string(out, value);
}

}  // namespace

std::size_t Message::size_bytes() const {
    std::size_t bytes = header_json.size() + parent_header_json.size() + metadata_json.size() + content_json.size();
    for (const std::string& buffer : buffers) bytes += buffer.size();
    return bytes;
}

Result<Header> parse_header(std::string_view header_json) {
    if (header_json.size() > kHeaderBytesMax) {
        return Failure{Errc::too_long, "header has " + std::to_string(header_json.size()) + " bytes, the limit is " +
                                           std::to_string(kHeaderBytesMax)};
    }
    if (auto checked = check_json_object(header_json, "header"); !checked) return checked.error();
    Fields fields{{{"msg_id"}, {"session"}, {"msg_type"}, {"username"}, {"date"}, {"version"}, {"subshell_id"}}};
    if (auto read = read_members(header_json, fields, "header"); !read) return read.error();
    if (auto checked = check_fields(fields); !checked) return checked.error();

    const auto type = parse_msg_type(fields[kMsgType].string);
    if (!type) {
        return Failure{Errc::unknown_msg_type,
                       "header.msg_type " + quoted_excerpt(fields[kMsgType].string) + " is not of the protocol"};
    }
    return Header{.msg_id = MsgId(std::move(fields[kMsgId].string)),
                  .session = ClientSessionId(std::move(fields[kSession].string)),
                  .username = std::move(fields[kUsername].string),
                  .date = std::move(fields[kDate].string),
                  .version = std::move(fields[kVersion].string),
                  .msg_type = *type,
                  .subshell_id = SubshellId(std::move(fields[kSubshellId].string))};
}

std::string header_json(const Header& header) {
    std::string out;
    out.reserve(256);
    out += '{';
    append_field(out, "msg_id", header.msg_id.str());
    append_field(out, "username", header.username);
    append_field(out, "session", header.session.str());
    append_field(out, "date", header.date);
    append_field(out, "msg_type", wire_name(header.msg_type));
    append_field(out, "version", header.version.empty() ? kProtocolVersion : header.version);
    if (!header.subshell_id.empty()) append_field(out, "subshell_id", header.subshell_id.str());
    out += '}';
    return out;
}

}  // namespace corncob::protocol
