#include "server/auth/anyone_authenticator.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::RunningGateway;

std::optional<Principal> who(const Credentials& credentials) {
    AnyoneAuthenticator anyone;
    asio::io_context context;
    std::optional<Principal> found;
    asio::co_spawn(context.get_executor(), anyone.authenticate(credentials),
                   [&](std::exception_ptr, auto answer) { found = answer.value(); });
    context.run();
    return found;
}

TEST(AnyoneAuthenticator, WhoeverIsHereAndClaimsNothing) {
    const auto found = who({.token = "", .from_here = true});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->tenant.str(), "default");
    EXPECT_EQ(found->rights, (Rights{true, true, true}));
    EXPECT_FALSE(who({.token = "", .from_here = false}));
    EXPECT_FALSE(who({.token = "a guess", .from_here = true}));
}

class AnyoneTest : public testing::Test {
 protected:
    unsigned status(const std::string& headers) {
        tests::RawClient client(gateway_.port());
        client.send("POST /api/kernels HTTP/1.1\r\nContent-Length: 0\r\n" + headers + "\r\n");
        return RunningGateway::status(client.read_response());
    }
    RunningGateway gateway_{[](config::GatewayConfig& config) {
        config.token.reset();
        config.auth.allow_anyone = true;
    }};
};

TEST_F(AnyoneTest, NeedsNoToken) {
    EXPECT_EQ(gateway_.gateway().url(), "http://127.0.0.1:" + std::to_string(gateway_.port()) + "/");
    EXPECT_EQ(status("Host: localhost:8888\r\n"), 201U);
    EXPECT_EQ(status("Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n"), 201U);
    gateway_.stop();
    EXPECT_NE(gateway_.log().find("auth.allow_anyone: whoever reaches port"), std::string::npos);
}

TEST_F(AnyoneTest, NoPageElsewhereComesIn) {
    EXPECT_EQ(status("Host: evil.example\r\n"), 403U) << "a name that has been pointed here";
    EXPECT_EQ(status("Host: evil.example\r\nOrigin: http://evil.example\r\n"), 403U);
    EXPECT_EQ(status("Host: localhost:8888\r\nOrigin: https://evil.example\r\n"), 403U);
    EXPECT_EQ(status("Host: localhost:8888\r\nOrigin: null\r\n"), 403U);
    EXPECT_EQ(status("Host: localhost:8888\r\nAuthorization: token guess\r\n"), 403U);
}

}  // namespace
}  // namespace corncob::server
