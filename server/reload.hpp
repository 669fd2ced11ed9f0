// SIGHUP: the configuration is read again, and what can change while the daemon runs is changed.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/signal_set.hpp>

#include "config/load.hpp"
#include "server/auth/hub_authenticator.hpp"
#include "server/auth/token_authenticator.hpp"
#include "server/log.hpp"
#include "server/metrics/metrics_api.hpp"
#include "server/net/executor.hpp"
#include "server/net/tls.hpp"
#include "server/zmq/tenant_endpoints.hpp"
#include "tenants/culler.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// All or nothing: where the configuration or a file of TLS cannot be used, all stays as it is, and the log says why.
/// Otherwise it says what has changed, and what needs a restart; of the latter nothing is taken over. Connections that
/// are open stay as they are. Reads a few small files on the executor's thread: once in a while, when the operator
/// asks.
class Reload {
 public:
    using Load = std::function<config::Loaded()>;
    struct Parts {
        TokenAuthenticator& tokens;
        HubAuthenticator* hub;  ///< null: there is no JupyterHub
        CurrentTls& tls;
        tenants::TenantRegistry& tenants;
        tenants::Culler& culler;
        MetricsApi& metrics;
        Log& log;
        std::function<std::vector<KnownToken>(const config::GatewayConfig&)> known_tokens;
    };
    /// `config` is what the daemon was started with. References outlive it.
    Reload(Parts parts, const config::GatewayConfig& config, Executor executor);

    /// Takes SIGHUP over; before run().
    void arm(Load load);
    /// Until it is cancelled.
    Awaitable<void> run();
    /// What SIGHUP does. False: nothing has changed, because what was read cannot be used. The executor's thread.
    bool reload();

 private:
    void refuse(const std::string& why);
    std::vector<std::string> take_later(std::vector<std::string>& changed, const config::GatewayConfig& next) const;
    void take_over(const config::GatewayConfig& config);
    void apply(const config::GatewayConfig& config, std::vector<KnownToken> tokens, TlsContext tls);

    Parts parts_;
    config::GatewayConfig config_;           // what is in force
    const std::set<std::string> endpoints_;  // of tenants, opened at the start
    Load load_;
    asio::basic_signal_set<Executor> signals_;
};

}  // namespace corncob::server
