// Random version 4 UUIDs (RFC 4122) from the operating system's generator. The process
// stops if that fails: an id that can be guessed is worse.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace corncob::protocol {

/// 36 characters, lower case. Thread-safe.
std::string make_uuid();

/// `length_bytes` random bytes as hexadecimal, for tokens and keys. Thread-safe.
std::string random_hex(std::size_t length_bytes);

/// The form jupyter_server accepts in a kernel's URL: five groups of word characters (here ASCII ones) joined by
/// dashes; at most kIdBytesMax bytes.
bool is_kernel_id(std::string_view text);

}  // namespace corncob::protocol
