#include "server/kernel_modes.hpp"

#include <algorithm>
#include <array>

#include "protocol/json_text.hpp"

namespace corncob::server {
namespace {

constexpr std::array<std::string_view, 5> kWords{"cache", "concurrent", "multi", "react", "trio"};
constexpr std::string_view kChained = "chained";  // what a kernel does without any mode

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == '-') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

}  // namespace

Result<std::vector<std::string>, ModeErrc> parse_modes(std::string_view text) {
    using Failed = Failure<ModeErrc>;
    if (text.empty() || text == kChained) return std::vector<std::string>{};
    std::vector<std::string> words = split(text);
    for (const std::string& word : words) {
        if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) continue;
        return Failed{ModeErrc::unknown, "unknown mode " + protocol::quoted_excerpt(word) +
                                             "; there are cache, concurrent, multi, react and trio, joined by dashes"};
    }
    std::sort(words.begin(), words.end());
    if (const auto twice = std::adjacent_find(words.begin(), words.end()); twice != words.end()) {
        return Failed{ModeErrc::twice, "mode " + *twice + " is named twice"};
    }
    return words;
}

}  // namespace corncob::server
