#include "protocol/wire/signature.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "protocol/limits.hpp"

namespace corncob::protocol::wire {
namespace {

constexpr std::size_t kDigestBytes = kSignatureBytes / 2;
constexpr std::size_t kRememberedDigits = 16;  // hexadecimal digits of 64 bits

[[noreturn]] void fail() {
    throw std::runtime_error("OpenSSL cannot make an HMAC-SHA256");
}

std::string hex(const std::array<unsigned char, kDigestBytes>& digest) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(kSignatureBytes);
    for (const unsigned char byte : digest) {
        out += kHex[byte >> 4U];
        out += kHex[byte & 0xFU];
    }
    return out;
}

}  // namespace

void Signer::FreeContext::operator()(evp_mac_ctx_st* context) const {
    EVP_MAC_CTX_free(context);
}

Signer::Signer(std::string_view key) {
    if (key.empty()) return;
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    if (!mac) fail();
    keyed_.reset(EVP_MAC_CTX_new(mac.get()));
    if (!keyed_) fail();
    std::string digest = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
                                OSSL_PARAM_construct_end()};
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    if (EVP_MAC_init(keyed_.get(), bytes, key.size(), parameters.data()) != 1) fail();
}

Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

std::string Signer::sign(const SignedParts& parts) const {
    if (!keyed_) return {};
    const std::unique_ptr<EVP_MAC_CTX, FreeContext> context(EVP_MAC_CTX_dup(keyed_.get()));
    if (!context) fail();
    for (const std::string_view part : parts) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(part.data());
        if (EVP_MAC_update(context.get(), bytes, part.size()) != 1) fail();
    }
    std::array<unsigned char, kDigestBytes> digest{};
    std::size_t length = 0;
    if (EVP_MAC_final(context.get(), digest.data(), &length, digest.size()) != 1 || length != digest.size()) fail();
    return hex(digest);
}

Result<void> Signer::verify(std::string_view signature, const SignedParts& parts) const {
    const std::size_t wanted = signs() ? kSignatureBytes : 0;
    if (signature.size() != wanted) {
        return Failure{Errc::signature_length, "the signature has " + std::to_string(signature.size()) +
                                                   " bytes, it must have " + std::to_string(wanted)};
    }
    const std::string right = sign(parts);
    if (CRYPTO_memcmp(signature.data(), right.data(), wanted) != 0) {
        return Failure{Errc::bad_signature, "the signature does not fit the message and the key"};
    }
    return {};
}

SeenSignatures::SeenSignatures(std::size_t signatures_max)
    : signatures_max_(std::max<std::size_t>(signatures_max, 1)) {}
SeenSignatures::SeenSignatures() : SeenSignatures(kSignaturesMax) {}

bool SeenSignatures::add(std::string_view signature) {
    std::uint64_t mark = 0;
    const std::string_view digits = signature.substr(0, kRememberedDigits);
    std::from_chars(digits.data(), digits.data() + digits.size(), mark, 16);
    if (!seen_.insert(mark).second) return false;
    if (order_.size() < signatures_max_) {
        order_.push_back(mark);
        return true;
    }
    seen_.erase(order_[oldest_]);
    order_[oldest_] = mark;
    oldest_ = (oldest_ + 1) % signatures_max_;
    return true;
}

}  // namespace corncob::protocol::wire
