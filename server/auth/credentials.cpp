#include "server/auth/credentials.hpp"

#include <boost/beast/core/string.hpp>

namespace corncob::server {
namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string token_of(std::string_view authorization) {
    const std::string_view value = trim(authorization);
    const auto blank = value.find_first_of(" \t");
    if (blank == std::string_view::npos) return {};
    const std::string_view scheme = value.substr(0, blank);
    if (!boost::beast::iequals(scheme, "token") && !boost::beast::iequals(scheme, "bearer")) return {};
    return std::string(trim(value.substr(blank)));
}

}  // namespace

Credentials parse_credentials(std::string_view authorization, const Query& query) {
    if (const auto token = query.get("token"); token && !token->empty()) return {.token = *token};
    return {.token = token_of(authorization)};
}

}  // namespace corncob::server
