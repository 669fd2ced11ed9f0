// The few JSON text operations that do not need a parsed document. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace corncob::protocol {

/// Bytes of the longest prefix of `text` that is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms,
/// nothing above U+10FFFF): text.size() if all of it is.
std::size_t utf8_prefix_bytes(std::string_view text);
bool is_utf8(std::string_view text);

/// `text` with every byte that is not UTF-8 replaced by U+FFFD. nlohmann::json::dump() throws for such bytes; pass
/// through here what comes from outside (a path of a URL) and goes into a document.
std::string to_utf8(std::string_view text);

/// Appends `text` as a JSON string with its quotes. `text` should be UTF-8; bytes that are not become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// At most 64 bytes of `text` as a JSON string, for error sentences that show what a client sent.
std::string quoted_excerpt(std::string_view text);

/// True if objects and arrays of `text` nest deeper than `depth_max`. `text` need not be valid JSON.
bool is_nested_deeper_than(std::string_view text, std::size_t depth_max);

}  // namespace corncob::protocol
