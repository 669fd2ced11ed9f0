// Tokens that the operator knows: those of the configuration, or the one of the command line.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/auth/authenticator.hpp"
#include "tenants/clock.hpp"

namespace corncob::server {

inline constexpr const char* kDefaultTenant = "default";  ///< of who is not told apart from others

/// SHA-256 of a token.
using TokenDigest = std::array<unsigned char, 32>;
TokenDigest digest_of(const std::string& token);

/// Somebody who has the token is `principal`, until it expires.
struct KnownToken {
    TokenDigest digest{};
    Principal principal;
    std::optional<std::chrono::system_clock::time_point> expires;  ///< absent: never
};

/// Those of `auth.tokens`, and the one of `--token` as tenant `default` with all rights. `config` is valid.
std::vector<KnownToken> known_tokens(const config::GatewayConfig& config);
/// All rights of tenant `default`; `token` must not be empty.
KnownToken token_of_default_tenant(const std::string& token);

/// Thread-safe. Keeps digests, not tokens.
class TokenAuthenticator final : public Authenticator {
 public:
    TokenAuthenticator(std::vector<KnownToken> tokens, const tenants::Clock& clock) : clock_(clock) {
        replace(std::move(tokens));
    }

    /// From the next request on these count, and no others.
    void replace(std::vector<KnownToken> tokens);
    Awaitable<Authentication> authenticate(Credentials credentials) override;

 private:
    /// In time that depends neither on how much of `token` is right, nor on whose it is. Null: nobody's.
    static const KnownToken* find(const std::vector<KnownToken>& tokens, const std::string& token);

    const tenants::Clock& clock_;
    std::mutex mutex_;
    std::shared_ptr<const std::vector<KnownToken>> tokens_;
};

}  // namespace corncob::server
