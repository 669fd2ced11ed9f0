// Connection files: where a kernel's five sockets are, and the key of its messages.
// https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/channel.hpp"
#include "protocol/result.hpp"

namespace corncob::server {

/// All failures here are told to a person, in a sentence.
enum class ConnectionErrc { unreadable, invalid, not_writable, not_bindable, in_use };
using ConnectionFailure = Failure<ConnectionErrc>;
template <class T>
using ConnectionResult = Result<T, ConnectionErrc>;

inline constexpr std::array kChannels{protocol::Channel::shell, protocol::Channel::control, protocol::Channel::iopub,
                                      protocol::Channel::stdin_, protocol::Channel::heartbeat};

/// Never logged as a whole: it holds the key.
struct ConnectionInfo {
    std::string transport = "tcp";                        ///< tcp or ipc
    std::string ip = "127.0.0.1";                         ///< ipc: a path, to which -{port} is appended
    std::array<std::uint32_t, kChannels.size()> ports{};  ///< in the order of Channel; 0: any that is free
    std::string key;                                      ///< empty: messages are not signed
    nlohmann::json others = nlohmann::json::object();     ///< members that are not ours, kept as they were
    std::string path{};                                   ///< of its file, once there is one; no member of it

    std::uint32_t& port(protocol::Channel channel) { return ports.at(static_cast<std::size_t>(channel)); }
    std::uint32_t port(protocol::Channel channel) const { return ports.at(static_cast<std::size_t>(channel)); }
    bool has_wildcards() const;
};

/// One with a random key and nothing but wildcard ports.
ConnectionInfo new_connection();

/// As the file has it. A key must be there, if only an empty one; ports that are not there are wildcards.
ConnectionResult<ConnectionInfo> read_connection_file(const std::string& path);
/// The same of a text that has been read; `path` is for what is said of it.
ConnectionResult<ConnectionInfo> parse_connection(std::string_view text, const std::string& path);
nlohmann::json to_json(const ConnectionInfo& info);
/// What a connection file holds.
std::string to_text(const ConnectionInfo& info);
/// What a kernel's own code is told (tenants::TellConnection).
std::string answer_json(const ConnectionResult<ConnectionInfo>& info, bool daemon);

/// Readable by its owner alone, and there as a whole or not at all.
ConnectionResult<void> write_connection_file(const std::string& path, const ConnectionInfo& info);

}  // namespace corncob::server
