#include "server/net/listener.hpp"

#include <sys/resource.h>

#include <gtest/gtest.h>
#include <boost/asio/read.hpp>

#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::RawClient;
using tests::RunningGateway;

TEST(Listener, ConnectionsBeyondTheLimitAreTurnedAway) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.connections_max = 2; });
    const std::string request = "GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    RawClient first(gateway.port());
    first.send(request);
    EXPECT_EQ(RunningGateway::status(first.read_response()), 200U);
    {
        RawClient second(gateway.port());
        second.send(request);
        EXPECT_EQ(RunningGateway::status(second.read_response()), 200U);
        RawClient third(gateway.port());
        const std::string response = third.read_response();
        EXPECT_EQ(RunningGateway::status(response), 503U) << response;
        EXPECT_EQ(RunningGateway::body(response)["reason"], "Service Unavailable");
    }
    // The place of the second is free once the gateway has seen it go.
    for (;;) {
        RawClient fourth(gateway.port());
        fourth.send(request);
        const unsigned status = RunningGateway::status(fourth.read_response());
        if (status == 200U) break;
        ASSERT_TRUE(status == 503U || status == 0U);
    }
}

TEST(Listener, OutOfDescriptorsItWaitsAndGoesOn) {
    RunningGateway gateway;
    RawClient before(gateway.port());
    before.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(RunningGateway::status(before.read_response()), 200U);
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
    RawClient waiting(gateway.port());  // its own descriptor is taken before the limit falls
    waiting.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(RunningGateway::status(waiting.read_response()), 200U);
    std::optional<RawClient> starved;
    starved.emplace(gateway.port());
    rlimit none = old;
    none.rlim_cur = 3;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    before.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");  // what is open goes on
    const unsigned while_starved = RunningGateway::status(before.read_response());
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
    EXPECT_EQ(while_starved, 200U);
    starved->send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(starved->read_response()), 200U);
}

}  // namespace
}  // namespace corncob::server
