#include "server/metrics/exposition.hpp"

#include <algorithm>
#include <charconv>

#include <prometheus/text_serializer.h>

namespace corncob::server {
namespace {

constexpr std::string_view kTotal = "_total";

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// Cuts off and returns what is before `separator`, or all of it.
std::string_view take_until(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(taken);
}

struct Wish {
    std::string_view type;
    double quality = 1;
};

Wish next_wish(std::string_view& accept) {
    std::string_view entry = take_until(accept, ',');
    Wish wish{take_until(entry, ';')};
    while (!entry.empty()) {
        const std::string_view parameter = take_until(entry, ';');
        if (!parameter.starts_with("q=")) continue;
        std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), wish.quality);
    }
    return wish;
}

/// OpenMetrics differs from the library's text in the names of counters' families, and in its last line.
std::string as_openmetrics(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 8);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end);
        const bool describes = line.starts_with("# HELP ") || line.starts_with("# TYPE ");
        const auto name_end = describes ? line.find(' ', 7) : std::string_view::npos;
        if (name_end != std::string_view::npos && line.substr(0, name_end).ends_with(kTotal)) {
            out.append(line.substr(0, name_end - kTotal.size())).append(line.substr(name_end));
        } else {
            out.append(line);
        }
    }
    return out.append("# EOF\n");
}

}  // namespace

Exposition exposition_for(std::string_view accept) {
    double openmetrics = 0;
    double text = 0;
    while (!accept.empty()) {
        const Wish wish = next_wish(accept);
        if (wish.type == "application/openmetrics-text") openmetrics = std::max(openmetrics, wish.quality);
        if (wish.type == "text/plain") text = std::max(text, wish.quality);
    }
    return openmetrics > 0 && openmetrics >= text ? Exposition::openmetrics : Exposition::text;
}

std::string content_type_of(Exposition form) {
    return form == Exposition::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                           : "text/plain; version=0.0.4; charset=utf-8";
}

std::string expose(const std::vector<prometheus::MetricFamily>& families, Exposition form) {
    std::string text = prometheus::TextSerializer().Serialize(families);
    return form == Exposition::openmetrics ? as_openmetrics(text) : text;
}

}  // namespace corncob::server
