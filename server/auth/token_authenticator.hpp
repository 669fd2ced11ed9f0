// The one token of a daemon without configured identities: whoever has it is tenant `default`.
#pragma once

#include <array>
#include <string>

#include "server/auth/authenticator.hpp"

namespace corncob::server {

/// Thread-safe. Keeps the token's digest, not the token.
class TokenAuthenticator final : public Authenticator {
 public:
    /// `token` must not be empty: there is no daemon without authentication.
    TokenAuthenticator(const std::string& token, Principal principal);

    Awaitable<std::optional<Principal>> authenticate(Credentials credentials) override;
    /// In time that does not depend on how much of `token` is right.
    bool matches(const std::string& token) const;

 private:
    using Digest = std::array<unsigned char, 32>;
    static Digest digest_of(const std::string& token);

    const Digest digest_;
    const Principal principal_;
};

}  // namespace corncob::server
