#include "config/text.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace corncob::config {
namespace {

constexpr std::size_t kShownBytesMax = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Bytes of the UTF-8 sequence that begins `text`; 0 if none does (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_sequence(std::string_view text) {
    const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned second = byte(1);
    const bool out_of_range = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                              (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return out_of_range ? 0 : length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t substituted = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// The digits of `text` as a number, if it consists of exactly those that the shape says.
bool matches_shape(std::string_view text, std::string_view shape) {
    return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                      [](char c, char expected) { return expected == '0' ? is_digit(c) : c == expected; });
}

unsigned number_at(std::string_view text, std::size_t at, std::size_t length) {
    unsigned value = 0;
    for (const char c : text.substr(at, length)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
}

}  // namespace

std::optional<std::string> text_complaint(std::string_view text) {
    if (text.size() > kTextBytesMax) {
        return "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(kTextBytesMax) +
               " are allowed";
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), is_control)) return "holds a control character";
    if (!is_utf8(text)) return "is not UTF-8";
    return std::nullopt;
}

std::string shown(std::string_view text) {
    if (!text_complaint(text)) {
        if (text.size() <= kShownBytesMax) return "'" + std::string(text) + "'";
        std::size_t end = kShownBytesMax;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        return "'" + std::string(text.substr(0, end)) + "...'";
    }
    return "what is given";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& words) {
    // A third of the letters may be wrong, rounded up; beyond that a suggestion is a guess.
    std::size_t best_distance = (typed.size() + 2) / 3 + 1;
    std::optional<std::string> best;
    if (typed.size() > kShownBytesMax) return best;
    for (const std::string& word : words) {
        // `timeout` for `timeout_seconds`: a forgotten unit is the commonest slip.
        const bool is_beginning = typed.size() >= 4 && word.starts_with(typed);
        const std::size_t distance = is_beginning ? 1 : edit_distance(typed, word);
        if (distance < best_distance) {
            best_distance = distance;
            best = word;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words) {
    const auto word = nearest(typed, words);
    return word ? "; did you mean '" + *word + "'?" : "";
}

bool is_word(std::string_view text, std::string_view others, std::size_t length_max) {
    const auto allowed = [others](char c) {
        return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= length_max && std::all_of(text.begin(), text.end(), allowed);
}

bool is_variable_name(std::string_view text) {
    return is_word(text, "_", kTextBytesMax) && !is_digit(text.front());
}

std::optional<std::chrono::sys_seconds> parse_moment(std::string_view text) {
    constexpr std::string_view kShape = "0000-00-00T00:00:00";
    if (!matches_shape(text.substr(0, kShape.size()), kShape)) return std::nullopt;
    const std::string_view offset = text.substr(kShape.size());
    std::chrono::minutes east{0};
    if (offset != "Z") {
        if (!matches_shape(offset, "+00:00") && !matches_shape(offset, "-00:00")) return std::nullopt;
        if (number_at(offset, 1, 2) > 23 || number_at(offset, 4, 2) > 59) return std::nullopt;
        east = std::chrono::hours(number_at(offset, 1, 2)) + std::chrono::minutes(number_at(offset, 4, 2));
        if (offset.front() == '-') east = -east;
    }
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number_at(text, 0, 4))},
                                           std::chrono::month{number_at(text, 5, 2)},
                                           std::chrono::day{number_at(text, 8, 2)}};
    const std::chrono::hours hours(number_at(text, 11, 2));
    const std::chrono::minutes minutes(number_at(text, 14, 2));
    const std::chrono::seconds seconds(number_at(text, 17, 2));
    if (!date.ok() || hours.count() > 23 || minutes.count() > 59 || seconds.count() > 59) return std::nullopt;
    return std::chrono::sys_days(date) + hours + minutes + seconds - east;
}

}  // namespace corncob::config
