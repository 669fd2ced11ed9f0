// The one place where an Errc becomes a status and a body.
#pragma once

#include <optional>
#include <string>

#include "protocol/errc.hpp"
#include "server/auth/authenticator.hpp"
#include "server/http/request_scope.hpp"
#include "tenants/errc.hpp"

namespace corncob::server {

/// {"message": ..., "reason": ...}; the reason is the status's standard phrase unless given.
Response error_response(http::status status, const std::string& message,
                        const std::optional<std::string>& reason = std::nullopt);
Response error_response(const tenants::Failure& failure);
Response error_response(const protocol::Failure& failure);
/// 403, or 503 where asking again later may help.
Response error_response(const Failure<AuthErrc>& failure);

http::status status_of(tenants::Errc code);

}  // namespace corncob::server
