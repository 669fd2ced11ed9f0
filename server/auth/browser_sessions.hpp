// Browsers that have logged in, and those that are about to by OAuth.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/wire/signature.hpp"
#include "server/auth/expiring_map.hpp"
#include "tenants/clock.hpp"

namespace corncob::server {

inline constexpr std::size_t kBrowserSessionsMax = 10'000;  ///< beyond, the one used longest ago logs in again
inline constexpr std::chrono::hours kBrowserSessionLifetime{12};
inline constexpr std::size_t kPendingLoginsMax = 1000;  ///< beyond, the oldest has to begin again
inline constexpr std::chrono::seconds kPendingLoginLifetime{600};

/// A login that the Hub is asked for.
struct PendingLogin {
    std::string verifier;  ///< of PKCE
    std::string next;      ///< the path to go to afterwards
};

/// What browsers hold are names, signed with a key of this process; what they stand for never leaves it. Thread-safe.
class BrowserSessions {
 public:
    explicit BrowserSessions(const tenants::Clock& clock);

    /// Begins a login of the browser that the cookie `browser` is given to. The result is OAuth's `state`.
    std::string begin_login(const std::string& browser, PendingLogin login);
    /// Nothing: it is another browser's, too old, or was finished before.
    std::optional<PendingLogin> finish_login(const std::string& browser, const std::string& state);

    /// The cookie of a new session, in which the owner of `token` has logged in.
    std::string open(std::string token);
    /// The token behind a session's cookie. Nothing: forged, or too old.
    std::optional<std::string> token_of(std::string_view cookie);
    /// Its cookie means nothing any more.
    void close(std::string_view cookie);
    /// What scripts of the session's own pages show, and those of others cannot know.
    std::string xsrf_of(std::string_view cookie) const;
    bool is_xsrf_of(std::string_view cookie, std::string_view shown) const;

    /// A cookie that names a browser before it has logged in.
    std::string name_browser() const;
    bool is_browser(std::string_view cookie) const;

 private:
    std::string signature(std::string_view purpose, std::string_view text) const;
    bool verify(std::string_view purpose, std::string_view text, std::string_view signature) const;
    std::string signed_name(std::string_view purpose) const;
    bool is_signed(std::string_view purpose, std::string_view cookie) const;

    const tenants::Clock& clock_;
    const protocol::wire::Signer signer_;
    std::mutex mutex_;
    ExpiringMap<std::string, std::string> sessions_{kBrowserSessionsMax};  // cookie -> token
    ExpiringMap<std::string, PendingLogin> logins_{kPendingLoginsMax};     // browser and state
};

/// A random verifier of PKCE, and its challenge by the method S256 (RFC 7636).
std::string make_pkce_verifier();
std::string pkce_challenge(const std::string& verifier);

}  // namespace corncob::server
