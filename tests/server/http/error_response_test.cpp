#include "server/http/error_response.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using nlohmann::json;
using tenants::Errc;

TEST(ErrorResponse, EveryErrcHasItsStatus) {
    const std::pair<Errc, unsigned> expected[] = {
        {Errc::no_such_kernel, 404}, {Errc::no_such_session, 404}, {Errc::no_such_kernelspec, 404},
        {Errc::kernel_exists, 409},  {Errc::kernel_is_dead, 410},  {Errc::invalid_kernel_id, 400},
        {Errc::quota_exceeded, 403}, {Errc::draining, 503},        {Errc::not_a_request, 400},
        {Errc::host_failed, 500},    {Errc::missing_field, 400},   {Errc::too_many_requests, 429},
        {Errc::no_room, 503},
    };
    for (const auto& [code, status] : expected) {
        EXPECT_EQ(static_cast<unsigned>(status_of(code)), status) << tenants::name(code);
        const Response response = error_response(tenants::Failure{code, "why"});
        EXPECT_EQ(static_cast<unsigned>(response.status), status);
        EXPECT_EQ(json::parse(response.body)["message"], "why");
        EXPECT_EQ(response.content_type, "application/json");
    }
}

TEST(ErrorResponse, ReasonIsTheStandardPhrase) {
    const Response response = error_response(http::status::not_found, "Kernel does not exist: x");
    EXPECT_EQ(json::parse(response.body), (json{{"message", "Kernel does not exist: x"}, {"reason", "Not Found"}}));
}

TEST(ErrorResponse, FullGatewaySpeaksAsKernelGatewayDoes) {
    const Response response = error_response(tenants::Failure{Errc::quota_exceeded, "kernels_max: 2 of 2"});
    EXPECT_EQ(json::parse(response.body)["reason"], "Resource Limit");
}

TEST(ErrorResponse, WhoAsksTooOftenIsToldWhenToComeBack) {
    const Response response = error_response(tenants::Failure{Errc::too_many_requests, "requests_per_second_max: 5"});
    const std::vector<std::pair<std::string, std::string>> expected = {{"Retry-After", "1"}};
    EXPECT_EQ(response.headers, expected);
}

TEST(ErrorResponse, WhoComesWhenTheContainerIsFullIsToldWhenToComeBack) {
    const Response response = error_response(tenants::Failure{Errc::no_room, "no room for a new kernel: …"});
    const std::vector<std::pair<std::string, std::string>> expected = {{"Retry-After", "5"}};
    EXPECT_EQ(response.headers, expected);
}

TEST(ErrorResponse, MalformedMessagesAreBadRequests) {
    EXPECT_EQ(error_response(protocol::Failure{protocol::Errc::bad_json, "x"}).status, http::status::bad_request);
}

TEST(ErrorResponse, WhoMayComeLaterIsToldWhen) {
    const Response refused = error_response(Failure<AuthErrc>{AuthErrc::not_allowed, "no scope"});
    EXPECT_EQ(refused.status, http::status::forbidden);
    EXPECT_TRUE(refused.headers.empty());
    const Response down = error_response(Failure<AuthErrc>{AuthErrc::unavailable, "no Hub"});
    EXPECT_EQ(down.status, http::status::service_unavailable);
    EXPECT_EQ(json::parse(down.body)["message"], "no Hub");
    ASSERT_EQ(down.headers.size(), 1U);
    EXPECT_EQ(down.headers[0].first, "Retry-After");
}

TEST(ErrorResponse, BytesThatAreNoTextDoNotBreakTheBody) {
    const Response response = error_response(http::status::not_found, "no \xff here");
    EXPECT_TRUE(json::accept(response.body));
}

}  // namespace
}  // namespace corncob::server
