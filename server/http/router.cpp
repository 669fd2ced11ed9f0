#include "server/http/router.hpp"

#include <optional>

#include "protocol/json_text.hpp"

namespace corncob::server {
namespace {

constexpr std::string_view kOne = "{}";
constexpr std::string_view kRest = "{*}";

std::vector<std::string> segments_of(std::string_view pattern) {
    std::vector<std::string> segments;
    for (const std::string_view segment : split_path(pattern)) segments.emplace_back(segment);
    return segments;
}

const char* word_of(Access access) {
    switch (access) {
        case Access::open:
            return "open";
        case Access::known:
            return "known";
        case Access::read:
            return "read";
        case Access::execute:
            return "execute";
        case Access::admin:
            return "admin";
    }
    return "";
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
    const bool open_ended = pattern.back() == kRest;
    if (open_ended ? path.size() < pattern.size() : path.size() != pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == kRest) return true;
        if (pattern[i] == kOne ? path[i].empty() : pattern[i] != path[i]) return false;
    }
    return true;
}

/// Nothing: bad percent-encoding, bytes that are no text, or a NUL.
std::optional<std::vector<std::string>> parameters_of(const std::vector<std::string>& pattern,
                                                      const std::vector<std::string_view>& path) {
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool in_rest = i + 1 >= pattern.size() && pattern.back() == kRest;
        if (!in_rest && pattern[i] != kOne) continue;
        auto value = percent_decode(path[i]);
        if (!value || value->find('\0') != std::string::npos || !protocol::is_utf8(*value)) return std::nullopt;
        if (in_rest && i + 1 > pattern.size()) {
            parameters.back().append("/").append(*value);
        } else {
            parameters.push_back(std::move(*value));
        }
    }
    return parameters;
}

}  // namespace

void Router::add(http::verb method, std::string_view pattern, Access access, SyncHandler handler) {
    routes_.push_back({method, segments_of(pattern), access, std::move(handler)});
}

void Router::add_async(http::verb method, std::string_view pattern, Access access, AsyncHandler handler) {
    routes_.push_back({method, segments_of(pattern), access, std::move(handler)});
}

std::vector<std::string> Router::listing() const {
    std::vector<std::string> lines;
    for (const Route& route : routes_) {
        std::string line = std::string(http::to_string(route.method)) + " ";
        for (const std::string& segment : route.segments) line += "/" + segment;
        lines.push_back(line + " " + word_of(route.access));
    }
    return lines;
}

RouteMatch Router::match(http::verb method, std::string_view path) const {
    RouteMatch match;
    const std::string_view without_slash = std::string_view(base_url_).substr(0, base_url_.size() - 1);
    if (path == without_slash) {
        path = "/";
    } else if (path.starts_with(base_url_)) {
        path.remove_prefix(base_url_.size() - 1);
    } else {
        return match;
    }
    const auto segments = split_path(path);
    for (const Route& route : routes_) {
        if (!fits(route.segments, segments)) continue;
        const bool is_get = route.method == http::verb::get;
        if (!match.route && (route.method == method || (is_get && method == http::verb::head))) {
            auto parameters = parameters_of(route.segments, segments);
            if (!parameters) return {RouteMatch::Kind::malformed, nullptr, {}, {}};
            match.route = &route;
            match.parameters = std::move(*parameters);
        }
        match.allow.append(is_get ? "GET, HEAD, " : std::string(http::to_string(route.method)) + ", ");
    }
    if (match.allow.empty()) return match;
    match.allow += "OPTIONS";
    match.kind = match.route ? RouteMatch::Kind::found : RouteMatch::Kind::no_such_method;
    return match;
}

}  // namespace corncob::server
