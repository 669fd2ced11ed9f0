#include "server/auth/authenticator.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

namespace corncob::server {
namespace {

/// Answers what it is told to, and counts how often.
class ScriptedAuthenticator final : public Authenticator {
 public:
    explicit ScriptedAuthenticator(Authentication answer) : answer_(std::move(answer)) {}
    Awaitable<Authentication> authenticate(Credentials) override {
        ++asked;
        co_return answer_;
    }
    int asked = 0;

 private:
    const Authentication answer_;
};

Authentication ask(Authenticator& authenticator) {
    asio::io_context context;
    Authentication answer = Failure<AuthErrc>{};
    asio::co_spawn(context.get_executor(), authenticator.authenticate({"secret"}),
                   [&](std::exception_ptr, Authentication given) { answer = std::move(given); });
    context.run();
    return answer;
}

Authentication principal(const char* tenant) {
    return std::optional(Principal{protocol::TenantId(tenant), tenant, {}});
}

TEST(AuthenticatorChain, TheFirstThatKnowsDecides) {
    ScriptedAuthenticator stranger{std::optional<Principal>()};
    ScriptedAuthenticator alice{principal("alice")};
    ScriptedAuthenticator bob{principal("bob")};
    AuthenticatorChain chain({&stranger, &alice, &bob});
    EXPECT_EQ(ask(chain).value()->tenant.str(), "alice");
    EXPECT_EQ(stranger.asked, 1);
    EXPECT_EQ(bob.asked, 0);
}

TEST(AuthenticatorChain, ARefusalDecidesToo) {
    ScriptedAuthenticator refusing{Failure<AuthErrc>{AuthErrc::not_allowed, "no"}};
    ScriptedAuthenticator bob{principal("bob")};
    AuthenticatorChain chain({&refusing, &bob});
    EXPECT_EQ(ask(chain).error().code, AuthErrc::not_allowed);
    EXPECT_EQ(bob.asked, 0);
}

TEST(AuthenticatorChain, NobodyKnows) {
    ScriptedAuthenticator stranger{std::optional<Principal>()};
    AuthenticatorChain chain({&stranger, &stranger});
    EXPECT_FALSE(ask(chain).value());
    EXPECT_EQ(stranger.asked, 2);
    AuthenticatorChain empty({});
    EXPECT_FALSE(ask(empty).value());
}

}  // namespace
}  // namespace corncob::server
