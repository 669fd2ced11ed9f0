// What a request must not be, apart from what the parser refuses: the forms on which servers in a row disagree.
#pragma once

#include <optional>
#include <string>

#include "server/http/request_scope.hpp"

namespace corncob::server {

/// Why the request's head is refused with a 400: two lengths, an unknown transfer coding, no host. Nothing: it is fine.
std::optional<std::string> fault_of(const http::request_header<>& head);

/// The answer to what went wrong while a request was read; nothing: the client has gone, nobody reads an answer.
std::optional<Response> response_to_read_error(const boost::system::error_code& error, bool too_slow);

}  // namespace corncob::server
