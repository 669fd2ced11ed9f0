#include "server/zmq/connection_file.hpp"

#include <algorithm>
#include <system_error>

#include "protocol/json_text.hpp"
#include "protocol/uuid.hpp"
#include "protocol/wire/signature.hpp"
#include "server/private_file.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFileBytesMax = 65536;
constexpr std::uint32_t kPortMax = 65535;

std::string port_key(protocol::Channel channel) {
    return std::string(wire_name(channel)) + "_port";
}

ConnectionFailure invalid(const std::string& path, const std::string& what) {
    return {ConnectionErrc::invalid, path + ": " + what};
}

/// The text member `key`, taken out of `object`; `standard` if it is not there.
ConnectionResult<std::string> take_text(json& object, const char* key, const std::string& standard,
                                        const std::string& path) {
    const auto found = object.find(key);
    if (found == object.end()) return standard;
    if (!found->is_string()) return invalid(path, std::string(key) + " must be a string");
    auto text = found->get<std::string>();
    object.erase(found);
    return text;
}

ConnectionResult<std::uint32_t> take_port(json& object, const std::string& key, const std::string& path) {
    const auto found = object.find(key);
    if (found == object.end()) return 0U;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kPortMax) {
        return invalid(path, key + " must be a whole number from 0 to 65535");
    }
    const auto port = found->get<std::uint32_t>();
    object.erase(found);
    return port;
}

ConnectionResult<ConnectionInfo> parse(json object, const std::string& path) {
    ConnectionInfo info;
    auto transport = take_text(object, "transport", info.transport, path);
    if (!transport) return transport.error();
    if (*transport != "tcp" && *transport != "ipc") return invalid(path, "transport must be tcp or ipc");
    auto ip = take_text(object, "ip", info.ip, path);
    if (!ip) return ip.error();
    auto scheme = take_text(object, "signature_scheme", std::string(protocol::wire::kSignatureScheme), path);
    if (!scheme) return scheme.error();
    if (*scheme != protocol::wire::kSignatureScheme) {
        return invalid(path, "signature_scheme must be " + std::string(protocol::wire::kSignatureScheme));
    }
    if (!object.contains("key")) {
        return invalid(path, "there is no key; \"key\": \"\" says that messages are not signed");
    }
    auto key = take_text(object, "key", {}, path);
    if (!key) return key.error();
    for (const protocol::Channel channel : kChannels) {
        const auto port = take_port(object, port_key(channel), path);
        if (!port) return port.error();
        info.port(channel) = *port;
    }
    info.transport = std::move(*transport);
    info.ip = std::move(*ip);
    info.key = std::move(*key);
    info.others = std::move(object);
    info.path = path;
    return info;
}

}  // namespace

bool ConnectionInfo::has_wildcards() const {
    return std::find(ports.begin(), ports.end(), 0U) != ports.end();
}

ConnectionInfo new_connection() {
    ConnectionInfo info;
    info.key = protocol::random_hex(kKeyBytes);
    return info;
}

ConnectionResult<ConnectionInfo> read_connection_file(const std::string& path) {
    std::string text;
    const auto error = read_small_file(path, kFileBytesMax, text);
    if (error == std::errc::file_too_large) return invalid(path, "is longer than any connection file");
    if (error) return ConnectionFailure{ConnectionErrc::unreadable, path + ": cannot be read: " + error.message()};
    return parse_connection(text, path);
}

ConnectionResult<ConnectionInfo> parse_connection(std::string_view text, const std::string& path) {
    if (protocol::is_nested_deeper_than(text, 16)) return invalid(path, "is no connection file");
    json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return invalid(path, "is no JSON object");
    return parse(std::move(object), path);
}

json to_json(const ConnectionInfo& info) {
    json object = info.others;
    object["transport"] = info.transport;
    object["ip"] = info.ip;
    object["key"] = info.key;
    object["signature_scheme"] = protocol::wire::kSignatureScheme;
    for (const protocol::Channel channel : kChannels) object[port_key(channel)] = info.port(channel);
    return object;
}

std::string to_text(const ConnectionInfo& info) {
    return to_json(info).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string answer_json(const ConnectionResult<ConnectionInfo>& info, bool daemon) {
    json answer{{"daemon", daemon}};
    if (info) {
        answer["connection_file"] = info->path;
        answer["connection_info"] = to_json(*info);
    } else {
        answer["error"] = info.error().detail;
    }
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

ConnectionResult<void> write_connection_file(const std::string& path, const ConnectionInfo& info) {
    const auto error = write_private_file(path, to_text(info));
    if (error) return ConnectionFailure{ConnectionErrc::not_writable, path + ": cannot be written: " + error.message()};
    return {};
}

}  // namespace corncob::server
