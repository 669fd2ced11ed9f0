// Nobody need prove anything: `auth.allow_anyone`.
#pragma once

#include "server/auth/authenticator.hpp"
#include "server/auth/token_authenticator.hpp"

namespace corncob::server {

/// Whoever shows no token, and comes from this machine, is tenant `default` with all rights. A token is a claim: one
/// that nobody has is refused as anywhere else. Thread-safe.
class AnyoneAuthenticator final : public Authenticator {
 public:
    Awaitable<Authentication> authenticate(Credentials credentials) override {
        std::optional<Principal> principal;
        if (credentials.token.empty() && credentials.from_here) {
            principal = Principal{protocol::TenantId(kDefaultTenant), "anyone", {true, true, true}};
        }
        co_return Authentication(std::move(principal));
    }
};

}  // namespace corncob::server
