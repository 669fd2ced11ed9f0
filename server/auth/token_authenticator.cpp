#include "server/auth/token_authenticator.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "config/text.hpp"

namespace corncob::server {
namespace {

/// `hex`: 64 hexadecimal digits, as the configuration has made sure.
TokenDigest digest_of_hex(const std::string& hex) {
    TokenDigest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        std::from_chars(&hex.at(2 * i), &hex.at(2 * i) + 2, digest[i], 16);
    }
    return digest;
}

Rights rights_of(const std::vector<std::string>& words) {
    const auto has = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    return {.read = has("read"), .execute = has("execute"), .admin = has("admin")};
}

}  // namespace

TokenDigest digest_of(const std::string& token) {
    TokenDigest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    return digest;
}

KnownToken token_of_default_tenant(const std::string& token) {
    if (token.empty()) throw std::logic_error("the token of the default tenant is empty");
    return {digest_of(token), {protocol::TenantId(kDefaultTenant), kDefaultTenant, {true, true, true}}, {}};
}

std::vector<KnownToken> known_tokens(const config::GatewayConfig& config) {
    std::vector<KnownToken> tokens;
    for (const config::TokenConfig& each : config.auth.tokens) {
        tokens.push_back({digest_of_hex(each.sha256),
                          {protocol::TenantId(each.tenant), each.name, rights_of(each.rights)},
                          config::parse_moment(each.expires)});
    }
    if (config.token && !config.token->empty()) tokens.push_back(token_of_default_tenant(*config.token));
    return tokens;
}

void TokenAuthenticator::replace(std::vector<KnownToken> tokens) {
    auto shared = std::make_shared<const std::vector<KnownToken>>(std::move(tokens));
    const std::lock_guard lock(mutex_);
    tokens_.swap(shared);
}

const KnownToken* TokenAuthenticator::find(const std::vector<KnownToken>& tokens, const std::string& token) {
    // Digests of both sides have one length, so neither length nor content shows in the time taken.
    const TokenDigest digest = digest_of(token);
    const KnownToken* found = nullptr;
    for (const KnownToken& each : tokens) {
        if (CRYPTO_memcmp(digest.data(), each.digest.data(), digest.size()) == 0) found = &each;
    }
    return found;
}

Awaitable<Authentication> TokenAuthenticator::authenticate(Credentials credentials) {
    std::optional<Principal> principal;
    std::shared_ptr<const std::vector<KnownToken>> tokens;
    {
        const std::lock_guard lock(mutex_);
        tokens = tokens_;
    }
    const KnownToken* known = credentials.token.empty() ? nullptr : find(*tokens, credentials.token);
    if (known && (!known->expires || clock_.system_now() < *known->expires)) principal = known->principal;
    co_return Authentication(std::move(principal));
}

}  // namespace corncob::server
