// Users and services of JupyterHub, by their own tokens.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/auth/authenticator.hpp"
#include "server/auth/expiring_map.hpp"
#include "server/auth/hub_client.hpp"
#include "server/auth/hub_observer.hpp"
#include "server/auth/token_authenticator.hpp"
#include "server/log.hpp"
#include "server/task_group.hpp"
#include "tenants/clock.hpp"

namespace corncob::server {

inline constexpr std::size_t kHubTokensMax = 10'000;    ///< whose answers are remembered
inline constexpr std::size_t kHubStrangersMax = 1000;   ///< tokens that the Hub does not know, which are remembered
inline constexpr std::size_t kHubQuestionsMax = 64;     ///< at the same time; beyond: unavailable
inline constexpr std::size_t kHubTokenBytesMax = 1024;  ///< longer ones are nobody's

/// Asks the Hub once for what many ask at the same time, and remembers its answer for `cache_seconds`. Thread-safe; no
/// caller waits for another's token. Tokens are kept as digests. References outlive it.
class HubAuthenticator final : public Authenticator {
 public:
    struct Surroundings {
        const HubClient& client;
        const tenants::Clock& clock;
        TaskGroup& tasks;
        HubObserver& observer;
        Log& log;
    };
    HubAuthenticator(Surroundings surroundings, std::vector<std::string> access_scopes, config::JupyterhubConfig config)
        : surroundings_(surroundings), access_scopes_(std::move(access_scopes)), config_(std::move(config)) {}

    Awaitable<Authentication> authenticate(Credentials credentials) override;

    /// From the next request on `config` counts; what the Hub has said before is forgotten.
    void configure(config::JupyterhubConfig config);

 private:
    struct DigestHash {
        std::size_t operator()(const TokenDigest& digest) const {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };
    using Answers = ExpiringMap<TokenDigest, Authentication, DigestHash>;
    /// One question that is on its way to the Hub.
    struct Check {
        std::vector<std::function<void()>> waiting{};
        std::optional<Authentication> answer{};
        config::JupyterhubConfig config{};  // when it began
        std::size_t generation = 0;
    };
    /// What is known already, or the check to wait for.
    struct Found {
        std::optional<Authentication> answer{};
        std::shared_ptr<Check> check{};
        bool is_new = false;
    };

    Found find(const TokenDigest& digest, std::function<void()> notify);
    Awaitable<void> check(TokenDigest digest, std::string token, std::shared_ptr<Check> check);
    Awaitable<Authentication> ask(std::string token, config::JupyterhubConfig config);
    Authentication interpret(const HubResult& result, const config::JupyterhubConfig& config) const;
    void remember(const TokenDigest& digest, const Authentication& answer, std::size_t generation);
    void tell(const Authentication& answer, std::chrono::nanoseconds took);

    const Surroundings surroundings_;
    const std::vector<std::string> access_scopes_;
    std::mutex mutex_;
    config::JupyterhubConfig config_;
    std::size_t generation_ = 0;  // of config_
    Answers answers_{kHubTokensMax};
    Answers strangers_{kHubStrangersMax};  // apart, so that guesses drive nobody out
    std::map<TokenDigest, std::shared_ptr<Check>> checks_;
    bool is_down_ = false;  // told of in the log
};

}  // namespace corncob::server
