// What a text value may hold, and the nearest word to a mistyped one.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corncob::config {

constexpr std::size_t kTextBytesMax = 4096;  ///< of one text value; values end up in headers, logs and paths

/// What is wrong with `text`: longer than kTextBytesMax, a control character, or no UTF-8.
std::optional<std::string> text_complaint(std::string_view text);

/// "'text'", cut where it is too long to be shown.
std::string shown(std::string_view text);
/// "a, b, c"
std::string joined(const std::vector<std::string>& words);

/// The word that `typed` most likely stands for, if one is near enough to be worth a question.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& words);
/// "; did you mean 'x'?" or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

/// Whether `text` has 1 to `length_max` characters, each a letter, a digit or one of `others`.
bool is_word(std::string_view text, std::string_view others, std::size_t length_max);
/// Whether `text` can be the name of an environment variable.
bool is_variable_name(std::string_view text);
/// An ISO 8601 moment with seconds and offset, as 2027-01-31T00:00:00Z or ...+01:00; nothing if `text` is none.
std::optional<std::chrono::sys_seconds> parse_moment(std::string_view text);

}  // namespace corncob::config
