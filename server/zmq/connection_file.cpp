#include "server/zmq/connection_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include "protocol/json_text.hpp"
#include "protocol/uuid.hpp"
#include "protocol/wire/signature.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFileBytesMax = 65536;
constexpr std::uint32_t kPortMax = 65535;
constexpr mode_t kOwnerOnly = 0600;

std::string port_key(protocol::Channel channel) {
    return std::string(wire_name(channel)) + "_port";
}

std::string why() {
    return std::generic_category().message(errno);
}

ConnectionFailure invalid(const std::string& path, const std::string& what) {
    return {ConnectionErrc::invalid, path + ": " + what};
}

ConnectionResult<std::string> read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return ConnectionFailure{ConnectionErrc::unreadable, path + ": cannot be read: " + why()};
    std::string text(kFileBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kFileBytesMax) return invalid(path, "is longer than any connection file");
    return text;
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
    return info;
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// A new file that nobody else can read, from its first byte on.
bool write_new(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
    if (file < 0) return false;
    const bool written = write_all(file, text);
    return ::close(file) == 0 && written;
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
    const auto text = read_text(path);
    if (!text) return text.error();
    if (protocol::is_nested_deeper_than(*text, 16)) return invalid(path, "is no connection file");
    json object = json::parse(*text, nullptr, false);
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

ConnectionResult<void> write_connection_file(const std::string& path, const ConnectionInfo& info) {
    const std::string beside = path + "." + protocol::random_hex(8) + ".tmp";
    const std::string text = to_json(info).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    if (write_new(beside, text) && ::rename(beside.c_str(), path.c_str()) == 0) return {};
    const ConnectionFailure failure{ConnectionErrc::not_writable, path + ": cannot be written: " + why()};
    ::unlink(beside.c_str());
    return failure;
}

}  // namespace corncob::server
