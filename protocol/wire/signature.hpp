// Signatures of ZMQ messages: HMAC-SHA256 over the four JSON parts, as lower-case hexadecimal.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#wire-protocol
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "protocol/errc.hpp"

struct evp_mac_ctx_st;  // OpenSSL's; its headers stay in signature.cpp

namespace corncob::protocol::wire {

/// header, parent_header, metadata, content: what is signed. Buffers are not.
using SignedParts = std::array<std::string_view, 4>;

inline constexpr std::string_view kSignatureScheme = "hmac-sha256";
inline constexpr std::size_t kSignatureBytes = 64;  ///< on the wire: 32 bytes as hexadecimal

/// Signs and checks with one key, which it never shows. An empty key means that nothing is signed: every signature is
/// empty then. Thread-safe. Throws std::runtime_error if OpenSSL has no HMAC-SHA256.
class Signer {
 public:
    explicit Signer(std::string_view key);
    ~Signer();
    Signer(Signer&&) noexcept;
    Signer& operator=(Signer&&) noexcept;
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

    bool signs() const { return keyed_ != nullptr; }
    std::string sign(const SignedParts& parts) const;

    /// The length first, then a comparison whose time does not depend on where the bytes differ.
    Result<void> verify(std::string_view signature, const SignedParts& parts) const;

 private:
    struct FreeContext {
        void operator()(evp_mac_ctx_st* context) const;
    };
    std::unique_ptr<evp_mac_ctx_st, FreeContext> keyed_;  // duplicated for each message; null: an empty key
};

/// The signatures that were here last, to know one that comes again. Bounded by kSignaturesMax: the oldest is
/// forgotten. For one thread.
class SeenSignatures {
 public:
    explicit SeenSignatures(std::size_t signatures_max);
    SeenSignatures();

    /// False: it was here before. `signature` has been verified, so its bytes are as good as random.
    bool add(std::string_view signature);
    std::size_t size() const { return order_.size(); }

 private:
    std::size_t signatures_max_;
    std::unordered_set<std::uint64_t> seen_;  // the first 64 bits: whoever can choose them has the key
    std::vector<std::uint64_t> order_;        // a ring once it is full
    std::size_t oldest_ = 0;
};

}  // namespace corncob::protocol::wire
