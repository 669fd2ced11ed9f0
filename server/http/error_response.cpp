#include "server/http/error_response.hpp"

#include "protocol/rest/models.hpp"

namespace corncob::server {
namespace {

constexpr const char* kRetryAfterSeconds = "5";

}  // namespace

http::status status_of(tenants::Errc code) {
    using tenants::Errc;
    switch (code) {
        case Errc::no_such_kernel:
        case Errc::no_such_session:
        case Errc::no_such_kernelspec:
            return http::status::not_found;
        case Errc::kernel_exists:
            return http::status::conflict;
        case Errc::kernel_is_dead:
            return http::status::gone;
        case Errc::invalid_kernel_id:
        case Errc::not_a_request:
        case Errc::missing_field:
            return http::status::bad_request;
        case Errc::quota_exceeded:
            return http::status::forbidden;
        case Errc::too_many_requests:
            return http::status::too_many_requests;
        case Errc::no_room:
        case Errc::draining:
            return http::status::service_unavailable;
        case Errc::host_failed:
            break;
    }
    return http::status::internal_server_error;
}

Response error_response(http::status status, const std::string& message, const std::optional<std::string>& reason) {
    return Response::json(
        protocol::rest::error_body(message, reason ? *reason : std::string(http::obsolete_reason(status))), status);
}

Response error_response(const tenants::Failure& failure) {
    // Kernel Gateway's clients know a full gateway by this reason.
    if (failure.code == tenants::Errc::quota_exceeded) {
        return error_response(http::status::forbidden, failure.detail, "Resource Limit");
    }
    Response response = error_response(status_of(failure.code), failure.detail);
    if (failure.code == tenants::Errc::too_many_requests) response.headers.emplace_back("Retry-After", "1");
    if (response.status == http::status::service_unavailable) {
        response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
    }
    return response;
}

Response error_response(const Failure<AuthErrc>& failure) {
    if (failure.code == AuthErrc::not_allowed) return error_response(http::status::forbidden, failure.detail);
    Response response = error_response(http::status::service_unavailable, failure.detail);
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
    return response;
}

Response error_response(const protocol::Failure& failure) {
    return error_response(http::status::bad_request, failure.detail);
}

}  // namespace corncob::server
