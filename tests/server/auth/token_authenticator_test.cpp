#include "server/auth/token_authenticator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

std::string hex_of(const TokenDigest& digest) {
    std::string hex;
    for (const unsigned char byte : digest) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        hex += two;
    }
    return hex;
}

config::TokenConfig token(const std::string& secret, const std::string& tenant, std::vector<std::string> rights,
                          const std::string& expires = {}) {
    return {.name = tenant + "'s",
            .tenant = tenant,
            .sha256 = hex_of(digest_of(secret)),
            .rights = std::move(rights),
            .expires = expires};
}

class TokenAuthenticatorTest : public testing::Test {
 protected:
    std::optional<Principal> ask(const std::string& secret) {
        TokenAuthenticator authenticator(known_tokens(config_), clock_);
        asio::io_context context;
        std::optional<Principal> principal;
        asio::co_spawn(context.get_executor(), authenticator.authenticate({secret}),
                       [&](std::exception_ptr, Authentication answer) { principal = std::move(answer.value()); });
        context.run();
        return principal;
    }
    config::GatewayConfig config_;
    tests::FakeClock clock_;
};

TEST_F(TokenAuthenticatorTest, EachTokenIsItsPrincipal) {
    config_.auth.tokens = {token("one", "alice", {"read"}), token("two", "bob", {"read", "execute"}),
                           token("three", "ops", {"admin"})};
    const auto alice = ask("one");
    ASSERT_TRUE(alice);
    EXPECT_EQ(alice->tenant.str(), "alice");
    EXPECT_EQ(alice->name, "alice's");
    EXPECT_TRUE(alice->rights.read);
    EXPECT_FALSE(alice->rights.execute || alice->rights.admin);
    const auto bob = ask("two");
    ASSERT_TRUE(bob);
    EXPECT_EQ(bob->tenant.str(), "bob");
    EXPECT_TRUE(bob->rights.read && bob->rights.execute);
    EXPECT_FALSE(bob->rights.admin);
    const auto ops = ask("three");
    ASSERT_TRUE(ops);
    EXPECT_TRUE(ops->rights.admin);
    EXPECT_FALSE(ops->rights.read || ops->rights.execute);
}

TEST_F(TokenAuthenticatorTest, TheTokenOfTheCommandLineIsTheDefaultTenants) {
    config_.token = "secret";
    config_.auth.tokens = {token("one", "alice", {"read"})};
    const auto principal = ask("secret");
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->tenant.str(), "default");
    EXPECT_TRUE(principal->rights.read && principal->rights.execute && principal->rights.admin);
    EXPECT_TRUE(ask("one"));
}

TEST_F(TokenAuthenticatorTest, KnowsNoOther) {
    config_.token = "secret";
    for (const char* other : {"", "secre", "secrets", "Secret", " secret", "secret\n", "x"}) {
        EXPECT_FALSE(ask(other)) << other;
    }
    EXPECT_FALSE(ask(std::string("secret\0", 7)));
    EXPECT_FALSE(ask(hex_of(digest_of("secret")))) << "who reads the configuration has no token";
}

TEST_F(TokenAuthenticatorTest, ATokenExpires) {
    // The clock of the test begins at 2023-11-14T22:13:20Z.
    config_.auth.tokens = {token("old", "alice", {"read"}, "2023-11-14T22:13:20Z"),
                           token("new", "alice", {"read"}, "2023-11-14T23:13:30+01:00")};
    EXPECT_FALSE(ask("old"));
    EXPECT_TRUE(ask("new"));
    clock_.advance(std::chrono::milliseconds(9999));
    EXPECT_TRUE(ask("new"));
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(ask("new"));
}

/// No more than a smoke test: asked in turns, so that what else the machine does falls on all.
TEST_F(TokenAuthenticatorTest, TheTimeDoesNotTellHowMuchIsRight) {
    const std::string secret(200, 'a');
    for (int i = 0; i < 100; ++i) {
        config_.auth.tokens.push_back(token(i == 50 ? secret : std::to_string(i), std::to_string(i), {"read"}));
    }
    TokenAuthenticator authenticator(known_tokens(config_), clock_);
    const std::vector<std::string> guesses = {std::string(200, 'b'), secret.substr(0, 199) + "b", secret};
    std::vector<std::vector<std::chrono::nanoseconds>> times(guesses.size());
    for (int round = 0; round < 2000; ++round) {
        for (std::size_t i = 0; i < guesses.size(); ++i) {
            const auto begin = std::chrono::steady_clock::now();
            asio::io_context context;
            asio::co_spawn(context.get_executor(), authenticator.authenticate({guesses[i]}),
                           [](std::exception_ptr, const Authentication&) {});
            context.run();
            times[i].push_back(std::chrono::steady_clock::now() - begin);
        }
    }
    for (auto& each : times) std::nth_element(each.begin(), each.begin() + 1000, each.end());
    for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_LT(times[i][1000] * 2, times[0][1000] * 3);
        EXPECT_GT(times[i][1000] * 3, times[0][1000] * 2);
    }
}

TEST_F(TokenAuthenticatorTest, WithoutAnyNobodyIsKnown) {
    EXPECT_TRUE(known_tokens(config_).empty());
    EXPECT_FALSE(ask(""));
    EXPECT_THROW(token_of_default_tenant(""), std::logic_error);
}

}  // namespace
}  // namespace corncob::server
