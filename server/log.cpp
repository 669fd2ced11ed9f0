#include "server/log.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "protocol/json_text.hpp"
#include "protocol/timestamp.hpp"

namespace corncob::server {
namespace {

const std::set<std::string_view> kNumbers = {"status", "ms", "times", "code"};

std::string_view view(spdlog::string_view_t text) {
    return {text.data(), text.size()};
}

void append_printable(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out.push_back(c);
        } else {
            out.append({'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]});
        }
    }
}

/// As JSON has them.
bool is_number(std::string_view text) {
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const auto point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    if (!digits(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
    return point == text.size() || digits(text.substr(point + 1));
}

/// Takes a `key=value` from the begin of `message`. Nothing: it does not begin with one.
std::optional<std::pair<std::string_view, std::string_view>> take_field(std::string_view& message) {
    const auto equals = message.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
    if (equals == 0 || equals == std::string_view::npos || message[equals] != '=') return std::nullopt;
    const auto end = std::min(message.find(' ', equals), message.size());
    const std::pair field(message.substr(0, equals), message.substr(equals + 1, end - equals - 1));
    message.remove_prefix(std::min(end + 1, message.size()));
    return field;
}

/// What a line begins with, `request=c1r2 tenant=ada ...`, as members of their own; the rest is its message. A key
/// counts once: a client's text that looks like another one stays text.
void append_json_members(std::string& line, std::string_view message) {
    std::set<std::string_view> seen = {"time", "level", "message"};
    for (std::string_view rest = message; const auto field = take_field(rest); message = rest) {
        if (!seen.insert(field->first).second) break;
        line.append("\"").append(field->first).append("\":");
        if (kNumbers.contains(field->first) && is_number(field->second)) {
            line.append(field->second);
        } else {
            protocol::append_json_string(line, field->second);
        }
        line += ',';
    }
    line.append(R"("message":)");
    protocol::append_json_string(line, message);
}

class LineFormatter final : public spdlog::formatter {
 public:
    explicit LineFormatter(bool json) : json_(json) {}

    void format(const spdlog::details::log_msg& entry, spdlog::memory_buf_t& out) override {
        std::string line;
        const std::string time = protocol::iso8601(entry.time);
        const std::string_view level = view(spdlog::level::to_string_view(entry.level));
        if (json_) {
            line.append(R"({"time":")").append(time).append(R"(","level":")").append(level).append(R"(",)");
            append_json_members(line, view(entry.payload));
            line += "}\n";
        } else {
            line.append(time).append(" ").append(level).append(" ");
            append_printable(line, view(entry.payload));
            line += '\n';
        }
        out.append(line.data(), line.data() + line.size());
    }

    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(json_); }

 private:
    const bool json_;
};

}  // namespace

spdlog::level::level_enum level_of(const config::LogConfig& config) {
    return spdlog::level::from_str(config.level == "warn" ? "warning" : config.level);
}

std::shared_ptr<Log> make_log(const config::LogConfig& config) {
    return make_log(config, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::shared_ptr<Log> make_log(const config::LogConfig& config, spdlog::sink_ptr sink) {
    auto log = std::make_shared<Log>("corncob", std::move(sink));
    log->set_formatter(std::make_unique<LineFormatter>(config.format == "json"));
    log->set_level(level_of(config));
    log->flush_on(spdlog::level::trace);
    return log;
}

}  // namespace corncob::server
