// A JSON object as text: a cheap check, and its members as slices of the text. Nothing here builds a document, so
// nothing recurses however deep the input is nested.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"

namespace corncob::protocol {

/// Checks without parsing that `text` is UTF-8, begins and ends with a brace (blanks aside) and is not nested deeper
/// than kJsonDepthMax. `what` names it in the failure's detail. Thread-safe.
Result<void> check_json_object(std::string_view text, std::string_view what);

enum class JsonKind { absent, null, string, object, array, other };

/// One member wanted of an object: the caller gives the key, read_members the rest.
struct JsonMember {
    std::string_view key;
    JsonKind kind = JsonKind::absent;
    std::string string{};     ///< if a string: its value
    std::string_view text{};  ///< if an object or array: the slice of the input that it is

    /// Absent and null mean the same in the Jupyter protocol.
    bool empty() const { return kind == JsonKind::absent || kind == JsonKind::null; }
};

/// Parses all of `text` as one JSON object and fills in the `wanted` members; of a key given twice the last counts.
/// Fails with bad_json, not_an_object or too_deep; `what` names the text in the detail. Thread-safe.
Result<void> read_members(std::string_view text, std::span<JsonMember> wanted, std::string_view what);

}  // namespace corncob::protocol
