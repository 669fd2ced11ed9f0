// What `corncob attach` and the daemon say to each other on their Unix socket.
//
//   attach -> daemon   serve (an AttachRequest), once; then interrupt and end, as often as there is a reason
//   daemon -> attach   serving (the connection file to write, if it was not complete) or refused (why);
//                      ended (exit code), once the kernel has ended
//
// The connection stands for the kernel: when it closes, the other side is gone.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"

namespace corncob::server {

inline constexpr std::size_t kAttachMessageBytesMax = 4 << 20;  ///< an environment has at most 2 MiB
inline constexpr std::size_t kConnectionFileBytesMax = 65536;

enum class AttachWord : unsigned char { serve = 1, interrupt, end, serving, refused, ended };

/// Texts without NUL.
struct AttachMessage {
    AttachWord word{};
    std::vector<std::string> fields{};
};

struct AttachRequest {
    std::string connection_file;             ///< its path, for logs and for what is said of it
    std::string connection_text;             ///< what it holds; empty: there is none
    std::string modes;                       ///< dash-joined
    std::string working_dir;                 ///< of the kernel
    std::map<std::string, std::string> env;  ///< of the kernel, besides the daemon's
};

std::string encode(const AttachMessage& message);

enum class AttachErrc { too_long, malformed };
/// Takes the first message off `bytes`; none: it is not complete yet.
Result<std::optional<AttachMessage>, AttachErrc> take_message(std::string& bytes);

AttachMessage to_message(const AttachRequest& request);
Result<AttachRequest, AttachErrc> to_request(const AttachMessage& message);

}  // namespace corncob::server
