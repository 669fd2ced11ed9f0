#include "tenants/run_mode.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <nlohmann/json.hpp>

namespace corncob::tenants {
namespace {

constexpr std::array kModes{RunMode::queue, RunMode::task, RunMode::thread};
constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kSpace = " \t\r\n";

RunMode mode_named(std::string_view word) {
    const auto* const found =
        std::find_if(kModes.begin(), kModes.end(), [&](RunMode mode) { return run_mode_name(mode) == word; });
    return found == kModes.end() ? RunMode::usual : *found;
}

/// Takes the next word off `line`; empty at its end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

/// Whether all that is left of a line are options; a value in quotes may hold blanks.
bool only_options(std::string_view line) {
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
        if (line.empty()) return true;
        const std::size_t equals = line.find('=');
        const std::size_t blank = line.find_first_of(kBlanks);
        if (equals == std::string_view::npos || equals == 0 || equals > blank) return false;
        line.remove_prefix(equals + 1);
        const bool quoted = line.starts_with('"') || line.starts_with('\'');
        const std::size_t end = quoted ? line.find(line.front(), 1) : line.find_first_of(kBlanks);
        if (quoted && end == std::string_view::npos) return false;
        line.remove_prefix(std::min(quoted ? end + 1 : end, line.size()));
    }
}

RunMode mode_of_line(std::string_view line) {
    if (!line.starts_with('#')) return RunMode::usual;
    line.remove_prefix(std::min(line.find_first_not_of('#'), line.size()));
    const RunMode mode = mode_named(take_word(line));
    const bool alone = mode == RunMode::thread ? only_options(line) : take_word(line).empty();
    return alone ? mode : RunMode::usual;
}

/// Most cells name no mode: they need not be parsed for it.
bool may_name_mode(std::string_view json) {
    return std::any_of(kModes.begin(), kModes.end(),
                       [&](RunMode mode) { return json.find(run_mode_name(mode)) != std::string_view::npos; });
}

}  // namespace

std::string_view run_mode_name(RunMode mode) {
    switch (mode) {
        case RunMode::queue:
            return "queue";
        case RunMode::task:
            return "task";
        case RunMode::thread:
            return "thread";
        case RunMode::usual:
            break;
    }
    return "";
}

RunMode run_mode_of(const protocol::Message& execute_request) {
    if (may_name_mode(execute_request.metadata_json)) {
        const auto metadata = nlohmann::json::parse(execute_request.metadata_json, nullptr, false);
        const auto tags = metadata.is_object() ? metadata.value("tags", nlohmann::json()) : nlohmann::json();
        for (const auto& tag : tags.is_array() ? tags : nlohmann::json::array()) {
            if (!tag.is_string()) continue;
            const RunMode mode = mode_named(tag.get_ref<const std::string&>());
            if (mode != RunMode::usual) return mode;
        }
    }
    const std::string& content_json = execute_request.content_json;
    if (content_json.find('#') == std::string::npos || !may_name_mode(content_json)) return RunMode::usual;
    const auto content = nlohmann::json::parse(content_json, nullptr, false);
    if (!content.is_object() || !content.contains("code") || !content["code"].is_string()) return RunMode::usual;
    std::string_view code = content["code"].get_ref<const std::string&>();
    code.remove_prefix(std::min(code.find_first_not_of(kSpace), code.size()));
    return mode_of_line(code.substr(0, code.find('\n')));
}

}  // namespace corncob::tenants
