#include "server/auth/token_authenticator.hpp"

#include <stdexcept>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

namespace corncob::server {
namespace {

const Principal kSomebody{protocol::TenantId("alice"), "alice-laptop", {true, false}};

std::optional<Principal> ask(TokenAuthenticator& authenticator, const std::string& token) {
    asio::io_context context;
    std::optional<Principal> answer;
    asio::co_spawn(context.get_executor(), authenticator.authenticate({token}),
                   [&](std::exception_ptr, std::optional<Principal> principal) { answer = std::move(principal); });
    context.run();
    return answer;
}

TEST(TokenAuthenticator, KnowsItsToken) {
    TokenAuthenticator authenticator("secret", kSomebody);
    const auto principal = ask(authenticator, "secret");
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->tenant.str(), "alice");
    EXPECT_EQ(principal->name, "alice-laptop");
    EXPECT_TRUE(principal->rights.read);
    EXPECT_FALSE(principal->rights.execute);
}

TEST(TokenAuthenticator, KnowsNoOther) {
    TokenAuthenticator authenticator("secret", kSomebody);
    for (const char* token : {"", "secre", "secrets", "Secret", " secret", "secret\n", "x"}) {
        EXPECT_FALSE(ask(authenticator, token)) << token;
    }
    EXPECT_FALSE(ask(authenticator, std::string("secret\0", 7)));
}

TEST(TokenAuthenticator, ThereIsNoEmptyToken) {
    EXPECT_THROW(TokenAuthenticator("", kSomebody), std::logic_error);
}

}  // namespace
}  // namespace corncob::server
