#include "server/http/request_check.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "server/http/error_response.hpp"

namespace corncob::server {

std::optional<std::string> fault_of(const http::request_header<>& head) {
    if (head.version() != 10 && head.version() != 11) return "HTTP/1.0 and HTTP/1.1 are spoken here";
    // Two equal lengths are harmless to us, but another server before us may have believed only one of two headers.
    const auto lengths = head.count(http::field::content_length);
    const auto codings = head.count(http::field::transfer_encoding);
    const std::string_view length = head[http::field::content_length];
    if (lengths > 1 || length.find(',') != std::string_view::npos) return "More than one Content-Length";
    if (lengths > 0 && codings > 0) return "Content-Length and Transfer-Encoding together";
    if (codings > 1 || (codings == 1 && !boost::beast::iequals(head[http::field::transfer_encoding], "chunked"))) {
        return "The only Transfer-Encoding understood here is chunked";
    }
    if (codings > 0 && head.version() == 10) return "Transfer-Encoding does not exist in HTTP/1.0";
    if (head.count(http::field::host) > 1) return "More than one Host";
    if (head.version() == 11 && head.count(http::field::host) == 0) return "The Host header is missing";
    return std::nullopt;
}

std::optional<Response> response_to_read_error(const boost::system::error_code& error, bool too_slow) {
    using http::status;
    if (too_slow) return error_response(status::request_timeout, "The request did not arrive in time");
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return error_response(status::request_header_fields_too_large, "The request line and headers are too long");
    }
    if (error == http::error::body_limit) return error_response(status::payload_too_large, "The body is too long");
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    static const auto& kHttpCategory = http::make_error_code(http::error::bad_method).category();
    if (error.category() != kHttpCategory) return std::nullopt;
    return error_response(status::bad_request, "Malformed request: " + error.message());
}

}  // namespace corncob::server
