#include "server/reload.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include "config/difference.hpp"
#include "config/text.hpp"

namespace corncob::server {
namespace {

/// What begins with one of these can change while the daemon runs.
constexpr std::array<std::string_view, 8> kChangeable{"server.tls.",   "auth.tokens",    "auth.jupyterhub.", "tenants.",
                                                      "kernels.cull_", "metrics.token_", "log.level",        "token"};

/// Where a tenant's endpoint was opened at the start, or was not.
bool is_endpoint(const std::string& key) {
    return key.starts_with("tenants.") && key.ends_with(".zmq");
}

bool is_changeable(const std::string& key) {
    return std::any_of(kChangeable.begin(), kChangeable.end(),
                       [&](std::string_view prefix) { return key.starts_with(prefix); });
}

bool speaks_tls(const config::GatewayConfig& config) {
    return !config.server.tls.certificate.empty();
}

}  // namespace

Reload::Reload(Parts parts, const config::GatewayConfig& config, Executor executor)
    : parts_(std::move(parts)), config_(config), endpoints_(tenants_with_endpoint(config)), signals_(executor) {}

void Reload::arm(Load load) {
    load_ = std::move(load);
    signals_.add(SIGHUP);
}

Awaitable<void> Reload::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const auto [error, number] = co_await signals_.async_wait(kAsTuple);
        if (!error) reload();
    }
}

void Reload::refuse(const std::string& why) {
    parts_.log.error("configuration not reloaded: {}", why);
}

bool Reload::reload() {
    if (!load_) return false;
    const config::Loaded loaded = load_();
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        for (const auto& problem : *problems) refuse(to_text(problem));
        return false;
    }
    const auto& config = std::get<config::GatewayConfig>(loaded);
    auto tls = make_tls_context(config.server.tls);
    if (!tls) {
        refuse(tls.error().detail);
        return false;
    }
    auto tokens = parts_.known_tokens(config);
    if (tokens.empty() && !parts_.hub && !config_.auth.allow_anyone) {
        refuse("auth.tokens: there would be no token left, and nobody could come");
        return false;
    }
    apply(config, std::move(tokens), std::move(*tls));
    return true;
}

/// Takes out of `changed` what a restart would change: keys that cannot change now, and endpoints of tenants, whatever
/// opens or closes them.
std::vector<std::string> Reload::take_later(std::vector<std::string>& changed,
                                            const config::GatewayConfig& next) const {
    const bool same_door = speaks_tls(next) == speaks_tls(config_);
    std::erase_if(changed, is_endpoint);
    const auto fixed = std::stable_partition(changed.begin(), changed.end(), [&](const std::string& key) {
        return is_changeable(key) && (same_door || !key.starts_with("server.tls."));
    });
    std::vector<std::string> later(fixed, changed.end());
    changed.erase(fixed, changed.end());
    const auto wanted = tenants_with_endpoint(next);
    std::vector<std::string> endpoints;
    std::set_symmetric_difference(endpoints_.begin(), endpoints_.end(), wanted.begin(), wanted.end(),
                                  std::back_inserter(endpoints));
    for (const std::string& name : endpoints) later.push_back("tenants." + name + ".zmq");
    return later;
}

/// Nothing here can fail.
void Reload::apply(const config::GatewayConfig& config, std::vector<KnownToken> tokens, TlsContext tls) {
    std::vector<std::string> changed = differing_keys(config_, config);
    const std::vector<std::string> later = take_later(changed, config);
    // Certificates are renewed under the same name: they are read again in any case.
    if (speaks_tls(config) && speaks_tls(config_)) {
        parts_.tls.replace(std::move(tls));
        config_.server.tls = config.server.tls;
    }
    parts_.tokens.replace(std::move(tokens));
    if (parts_.hub) parts_.hub->configure(config.auth.jupyterhub);
    parts_.tenants.configure(config.tenants);
    parts_.culler.configure(config.kernels);
    parts_.metrics.configure(config.metrics);
    parts_.log.set_level(level_of(config.log));
    take_over(config);
    parts_.log.info("configuration reloaded: {}",
                    changed.empty() ? "no key that can change has" : "changed: " + config::joined(changed));
    if (!later.empty()) parts_.log.warn("configuration: needs a restart: {}", config::joined(later));
}

void Reload::take_over(const config::GatewayConfig& config) {
    config_.auth.tokens = config.auth.tokens;
    config_.auth.jupyterhub = config.auth.jupyterhub;
    config_.token = config.token;
    config_.tenants = config.tenants;
    config_.kernels.cull_idle_timeout_seconds = config.kernels.cull_idle_timeout_seconds;
    config_.kernels.cull_interval_seconds = config.kernels.cull_interval_seconds;
    config_.kernels.cull_connected = config.kernels.cull_connected;
    config_.kernels.cull_busy = config.kernels.cull_busy;
    config_.metrics.token_required = config.metrics.token_required;
    config_.metrics.token_sha256 = config.metrics.token_sha256;
    config_.log.level = config.log.level;
}

}  // namespace corncob::server
