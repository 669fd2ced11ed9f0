// What a request shows to prove who it comes from.
#pragma once

#include <string>
#include <string_view>

#include "server/http/url.hpp"

namespace corncob::server {

/// The token that came with a request; empty: none. Never log one.
struct Credentials {
    std::string token;
    bool from_here = false;  ///< by all that the request says, a program or a page of this machine's
};

/// From `?token=`, else from `Authorization: token X` or `bearer X` (any case), in jupyter_server's order: a query
/// without a value counts as none.
Credentials parse_credentials(std::string_view authorization, const Query& query);

}  // namespace corncob::server
