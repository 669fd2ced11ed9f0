#include "server/log.hpp"

#include <string>
#include <string_view>

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "protocol/json_text.hpp"
#include "protocol/timestamp.hpp"

namespace corncob::server {
namespace {

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

class LineFormatter final : public spdlog::formatter {
 public:
    explicit LineFormatter(bool json) : json_(json) {}

    void format(const spdlog::details::log_msg& entry, spdlog::memory_buf_t& out) override {
        std::string line;
        const std::string time = protocol::iso8601(entry.time);
        const std::string_view level = view(spdlog::level::to_string_view(entry.level));
        if (json_) {
            line.append(R"({"time":")").append(time).append(R"(","level":")").append(level).append(R"(","message":)");
            protocol::append_json_string(line, view(entry.payload));
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

std::shared_ptr<Log> make_log(const config::LogConfig& config) {
    return make_log(config, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::shared_ptr<Log> make_log(const config::LogConfig& config, spdlog::sink_ptr sink) {
    auto log = std::make_shared<Log>("corncob", std::move(sink));
    log->set_formatter(std::make_unique<LineFormatter>(config.format == "json"));
    log->set_level(spdlog::level::from_str(config.level == "warn" ? "warning" : config.level));
    log->flush_on(spdlog::level::trace);
    return log;
}

}  // namespace corncob::server
