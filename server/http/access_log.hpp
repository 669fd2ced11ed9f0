// A line of the log for each HTTP request: who asked for what, and what came of it.
#pragma once

#include <chrono>

#include "server/http/request_scope.hpp"
#include "server/log.hpp"

namespace corncob::server {

/// What is refused for want of a right or a quota is a warning that begins with `audit=refused`, and says why; what
/// fails inside is an error. What changes something is told at level info, what only looks at level debug. Never a
/// query, a header or a body.
void log_request(Log& log, const RequestScope& scope, const Response& response, std::chrono::nanoseconds took);

/// The connection becomes a WebSocket.
void log_upgrade(Log& log, const RequestScope& scope);

}  // namespace corncob::server
