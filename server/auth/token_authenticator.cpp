#include "server/auth/token_authenticator.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <stdexcept>
#include <utility>

namespace corncob::server {

TokenAuthenticator::TokenAuthenticator(const std::string& token, Principal principal)
    : digest_(digest_of(token)), principal_(std::move(principal)) {
    if (token.empty()) throw std::logic_error("TokenAuthenticator: the token is empty");
}

TokenAuthenticator::Digest TokenAuthenticator::digest_of(const std::string& token) {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    return digest;
}

bool TokenAuthenticator::matches(const std::string& token) const {
    // Digests of both sides have one length, so neither length nor content shows in the time taken.
    const Digest digest = digest_of(token);
    return CRYPTO_memcmp(digest.data(), digest_.data(), digest.size()) == 0;
}

Awaitable<std::optional<Principal>> TokenAuthenticator::authenticate(Credentials credentials) {
    std::optional<Principal> principal;
    if (!credentials.token.empty() && matches(credentials.token)) principal = principal_;
    co_return principal;
}

}  // namespace corncob::server
