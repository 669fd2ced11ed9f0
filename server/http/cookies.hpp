// The Cookie and Set-Cookie headers.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/request_scope.hpp"

namespace corncob::server {

/// The values of all cookies of this name, in their order: another path's or an attacker's may be among them.
std::vector<std::string> cookies_called(const Request& request, std::string_view name);

struct Cookie {
    std::string name;
    std::string value;  ///< needs no quoting: letters, digits, -._
    std::string path;
    std::chrono::seconds max_age{0};  ///< 0: the browser is to forget it
    bool http_only = true;            ///< scripts cannot read it
    bool secure = false;              ///< sent over https only
};
/// The header's value. SameSite is always Lax: sent when a page of another site links here, and in no other case.
std::string set_cookie_text(const Cookie& cookie);

}  // namespace corncob::server
