#include "server/auth/browser_sessions.hpp"

#include <openssl/evp.h>

#include <array>

#include "protocol/uuid.hpp"
#include "server/auth/token_authenticator.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kNameBytes = 32;  // of what must not be guessed
constexpr char kDot = '.';              // between a name and its signature

constexpr std::string_view kSession = "session";
constexpr std::string_view kBrowser = "browser";
constexpr std::string_view kXsrf = "xsrf";

}  // namespace

BrowserSessions::BrowserSessions(const tenants::Clock& clock)
    : clock_(clock), signer_(protocol::random_hex(kNameBytes)) {}

std::string BrowserSessions::begin_login(const std::string& browser, PendingLogin login) {
    std::string state = protocol::random_hex(kNameBytes);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    logins_.put(browser + " " + state, std::move(login), now, now + kPendingLoginLifetime);
    return state;
}

std::optional<PendingLogin> BrowserSessions::finish_login(const std::string& browser, const std::string& state) {
    const std::lock_guard lock(mutex_);
    return logins_.take(browser + " " + state, clock_.steady_now());
}

std::string BrowserSessions::open(std::string token) {
    std::string cookie = signed_name(kSession);
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    sessions_.put(cookie, std::move(token), now, now + kBrowserSessionLifetime);
    return cookie;
}

std::optional<std::string> BrowserSessions::token_of(std::string_view cookie) {
    if (!is_signed(kSession, cookie)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return sessions_.find(std::string(cookie), clock_.steady_now());
}

void BrowserSessions::close(std::string_view cookie) {
    const std::lock_guard lock(mutex_);
    sessions_.take(std::string(cookie), clock_.steady_now());
}

std::string BrowserSessions::xsrf_of(std::string_view cookie) const {
    return signature(kXsrf, cookie);
}

bool BrowserSessions::is_xsrf_of(std::string_view cookie, std::string_view shown) const {
    return verify(kXsrf, cookie, shown);
}

std::string BrowserSessions::name_browser() const {
    return signed_name(kBrowser);
}

bool BrowserSessions::is_browser(std::string_view cookie) const {
    return is_signed(kBrowser, cookie);
}

std::string BrowserSessions::signature(std::string_view purpose, std::string_view text) const {
    return signer_.sign({purpose, "|", text, ""});
}

bool BrowserSessions::verify(std::string_view purpose, std::string_view text, std::string_view signature) const {
    return signer_.verify(signature, {purpose, "|", text, ""}).has_value();
}

std::string BrowserSessions::signed_name(std::string_view purpose) const {
    const std::string name = protocol::random_hex(kNameBytes);
    return name + kDot + signature(purpose, name);
}

bool BrowserSessions::is_signed(std::string_view purpose, std::string_view cookie) const {
    const auto dot = cookie.find(kDot);
    if (dot == std::string_view::npos) return false;
    return verify(purpose, cookie.substr(0, dot), cookie.substr(dot + 1));
}

std::string make_pkce_verifier() {
    return protocol::random_hex(kNameBytes);
}

std::string pkce_challenge(const std::string& verifier) {
    const TokenDigest digest = digest_of(verifier);
    std::array<unsigned char, 4 * ((sizeof(TokenDigest) + 2) / 3) + 1> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    std::string challenge(text.begin(), text.begin() + length);
    while (challenge.ends_with('=')) challenge.pop_back();
    for (char& c : challenge) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return challenge;
}

}  // namespace corncob::server
