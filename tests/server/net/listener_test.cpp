#include "server/net/listener.hpp"

#include <dlfcn.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace {

std::atomic<bool> accepts_fail = false;
std::atomic<int> accepts_failed = 0;

}  // namespace

// Stands before the C library's. A lowered RLIMIT_NOFILE would do the same to the whole process, where UBSan needs
// descriptors of its own to look at memory.
extern "C" int accept(int socket, sockaddr* address, socklen_t* length) {
    static const auto real = reinterpret_cast<decltype(&accept)>(::dlsym(RTLD_NEXT, "accept"));
    if (!accepts_fail) return real(socket, address, length);
    ++accepts_failed;
    errno = EMFILE;
    return -1;
}

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
        EXPECT_NE(response.find("\r\nRetry-After: 5\r\n"), std::string::npos);
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
    const std::string request = "GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    RunningGateway gateway;
    RawClient before(gateway.port());
    before.send(request);
    ASSERT_EQ(RunningGateway::status(before.read_response()), 200U);
    accepts_fail = true;
    RawClient starved(gateway.port());
    starved.send(request);
    ASSERT_TRUE(tests::eventually([] { return accepts_failed > 1; }));
    before.send(request);  // what is open goes on
    EXPECT_EQ(RunningGateway::status(before.read_response()), 200U);
    accepts_fail = false;
    EXPECT_EQ(RunningGateway::status(starved.read_response()), 200U);
}

}  // namespace
}  // namespace corncob::server
