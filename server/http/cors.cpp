#include "server/http/cors.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace corncob::server {
namespace {

constexpr std::string_view kDefaultHeaders = "accept, content-type, authorization, x-xsrftoken";
constexpr std::string_view kDefaultMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':' ||
           c == '[' || c == ']';
}

/// host[:port] in lower case without the scheme's default port. Nothing: not of that form.
std::optional<std::string> normalise_authority(std::string_view scheme, std::string_view authority) {
    std::string host = lower(authority);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) return std::nullopt;
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    if (!has_port) return host;
    const std::string port = host.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number > 65535 || colon == 0) return std::nullopt;
    const unsigned standard = scheme == "https" ? 443 : scheme == "http" ? 80 : 0;
    host.resize(colon);
    return number == standard ? host : host + ":" + std::to_string(number);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '/')) text.remove_suffix(1);
    return text;
}

std::string_view field_of(const Request& request, http::field name) {
    const auto found = request.find(name);
    if (found == request.end()) return {};
    return {found->value().data(), found->value().size()};
}

}  // namespace

std::optional<std::string> normalise_origin(std::string_view origin) {
    const auto separator = origin.find("://");
    if (separator == std::string_view::npos || separator == 0) return std::nullopt;
    const std::string scheme = lower(origin.substr(0, separator));
    if (!std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_host_character(c) && c != ':'; })) {
        return std::nullopt;
    }
    const auto authority = normalise_authority(scheme, origin.substr(separator + 3));
    if (!authority) return std::nullopt;
    return scheme + "://" + *authority;
}

Cors::Cors(const config::ServerConfig& config)
    : credentials_(config.allow_credentials),
      headers_(config.allow_headers.empty() ? kDefaultHeaders : std::string_view(config.allow_headers)),
      methods_(config.allow_methods.empty() ? kDefaultMethods : std::string_view(config.allow_methods)),
      expose_headers_(config.expose_headers),
      max_age_seconds_(config.max_age_seconds) {
    std::string_view rest = config.allow_origin;
    while (!rest.empty()) {
        const std::string_view entry = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
        if (trim(entry) == "*") any_ = true;
        if (auto origin = normalise_origin(trim(entry))) origins_.push_back(std::move(*origin));
    }
}

bool Cors::allows(std::string_view origin) const {
    if (any_) return true;
    const auto normal = normalise_origin(origin);
    return normal && std::find(origins_.begin(), origins_.end(), *normal) != origins_.end();
}

bool Cors::allows_websocket(const Request& request) const {
    const std::string_view origin = field_of(request, http::field::origin);
    if (origin.empty() || allows(origin)) return true;
    const auto normal = normalise_origin(origin);
    if (!normal) return false;
    const auto separator = normal->find("://");
    const std::string scheme = normal->substr(0, separator);
    return normalise_authority(scheme, field_of(request, http::field::host)) == normal->substr(separator + 3);
}

bool Cors::comes_from_here(const Request& request) const {
    const auto host = normalise_authority("", field_of(request, http::field::host));
    if (!host) return false;
    const auto bracket = host->starts_with('[') ? host->find(']') : std::string::npos;
    const bool bracketed = bracket != std::string::npos;
    const std::string name = bracketed ? host->substr(1, bracket - 1) : host->substr(0, host->find(':'));
    ErrorCode error;
    const auto address = asio::ip::make_address(name, error);
    return (name == "localhost" || (!error && address.is_loopback())) && allows_websocket(request);
}

void Cors::decorate(const Request& request, Response& response) const {
    const std::string_view origin = field_of(request, http::field::origin);
    if (!any_ && !origins_.empty()) response.headers.emplace_back("Vary", "Origin");
    if (origin.empty() || !allows(origin)) return;
    // Where any page is welcome, none may send the browser's own credentials: the header is left out with "*".
    response.headers.emplace_back("Access-Control-Allow-Origin", any_ ? "*" : std::string(origin));
    if (credentials_ && !any_) response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
    if (!expose_headers_.empty()) response.headers.emplace_back("Access-Control-Expose-Headers", expose_headers_);
}

Response Cors::preflight(const Request& request) const {
    Response response{http::status::ok, {}, {}, {}};
    const std::string_view origin = field_of(request, http::field::origin);
    if (origin.empty() || !allows(origin)) return response;
    response.headers.emplace_back("Access-Control-Allow-Methods", methods_);
    response.headers.emplace_back("Access-Control-Allow-Headers", headers_);
    if (max_age_seconds_ > 0) {
        response.headers.emplace_back("Access-Control-Max-Age", std::to_string(max_age_seconds_));
    }
    return response;
}

}  // namespace corncob::server
