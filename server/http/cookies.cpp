#include "server/http/cookies.hpp"

#include <algorithm>

namespace corncob::server {
namespace {

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::vector<std::string> cookies_called(const Request& request, std::string_view name) {
    std::vector<std::string> values;
    const auto [first, last] = request.equal_range(http::field::cookie);
    for (auto field = first; field != last; ++field) {
        std::string_view rest(field->value().data(), field->value().size());
        while (!rest.empty()) {
            const std::string_view pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
            values.emplace_back(trim(pair.substr(equals + 1)));
        }
    }
    return values;
}

std::string set_cookie_text(const Cookie& cookie) {
    std::string text = cookie.name + "=" + cookie.value + "; Path=" + cookie.path +
                       "; Max-Age=" + std::to_string(cookie.max_age.count()) + "; SameSite=Lax";
    if (cookie.http_only) text += "; HttpOnly";
    if (cookie.secure) text += "; Secure";
    return text;
}

}  // namespace corncob::server
