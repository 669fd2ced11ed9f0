// The composition root: all parts of the daemon, in the order of their construction.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/activity_history.hpp"
#include "server/attach/attach_door.hpp"
#include "server/auth/anyone_authenticator.hpp"
#include "server/auth/hub_authenticator.hpp"
#include "server/auth/hub_client.hpp"
#include "server/auth/hub_observer.hpp"
#include "server/auth/throttle.hpp"
#include "server/auth/token_authenticator.hpp"
#include "server/door_observer.hpp"
#include "server/event_log.hpp"
#include "server/http/activity_api.hpp"
#include "server/http/admin_api.hpp"
#include "server/http/browser_login.hpp"
#include "server/http/connection_api.hpp"
#include "server/http/cors.hpp"
#include "server/http/http_connection.hpp"
#include "server/http/http_service.hpp"
#include "server/http/hub_login.hpp"
#include "server/http/kernels_api.hpp"
#include "server/http/kernelspecs_api.hpp"
#include "server/http/router.hpp"
#include "server/http/sessions_api.hpp"
#include "server/http/status_api.hpp"
#include "server/http/status_page.hpp"
#include "server/log.hpp"
#include "server/metrics/gauges.hpp"
#include "server/metrics/metrics_api.hpp"
#include "server/metrics/metrics_door.hpp"
#include "server/metrics/prometheus_metrics.hpp"
#include "server/metrics/tenant_labels.hpp"
#include "server/net/io_pool.hpp"
#include "server/net/listener.hpp"
#include "server/net/tls.hpp"
#include "server/observer_tee.hpp"
#include "server/reload.hpp"
#include "server/server_state.hpp"
#include "server/shutdown.hpp"
#include "server/task_group.hpp"
#include "server/websocket/channels_api.hpp"
#include "server/websocket/websocket_registry.hpp"
#include "server/zmq/tenant_endpoints.hpp"
#include "server/zmq/zmq_door.hpp"
#include "tenants/clock.hpp"
#include "tenants/culler.hpp"
#include "tenants/kernelspec.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// Wiring and nothing else. Members are destroyed in reverse: tenants and host before the IO threads' contexts, on
/// which their callbacks land.
class Gateway {
 public:
    Gateway(config::GatewayConfig config, std::shared_ptr<Log> log, std::unique_ptr<tenants::Host> host);

    /// Takes the port. The failure is a sentence for the operator.
    Result<void, ErrorCode> open();
    /// Where to point a browser, with the token unless that is a secret or not the only one; after open().
    std::string url() const;
    std::uint16_t port() const { return listener_.port(); }

    /// Takes over SIGTERM and SIGINT; otherwise only stop() ends run().
    void handle_signals() { shutdown_.arm(); }
    /// How the configuration is read again, at SIGHUP, which is taken over. Before run().
    void reload_by(Reload::Load load) { reload_.arm(std::move(load)); }
    /// What SIGHUP does. Where nobody else does it.
    bool reload() { return reload_.reload(); }
    /// Serves until a signal or stop(), and returns when everything has ended.
    void run();
    /// What SIGTERM does. Any thread.
    void stop() { shutdown_.begin(); }

 private:
    Awaitable<void> serve(TcpSocket socket, std::uint64_t number);
    ConnectionResult<void> open_tenant_endpoints();
    void open_attach_door();
    DoorFigures door_figures();
    std::vector<prometheus::MetricFamily> collect_metrics() const;
    std::vector<Authenticator*> authenticators();
    bool browsers_come_by_the_hub() const;
    BrowserLogin make_browser_login() const;
    std::unique_ptr<HubLogin> make_hub_login();

    const config::GatewayConfig config_;
    const std::string token_;  // to be told to whoever starts the daemon; empty: those who may come have their own
    const std::shared_ptr<Log> log_;
    tenants::SystemClock clock_;
    EventLog events_;
    TenantLabels tenant_labels_;
    PrometheusMetrics metrics_;
    DoorObserver nobody_;   // counts nothing
    DoorObserver& doors_;   // the metrics, where there are any
    ObserverTee observer_;  // the log and the metrics
    ServerState state_;
    IoPool pool_;
    const tenants::Kernelspecs kernelspecs_;
    const std::unique_ptr<tenants::Host> host_;
    tenants::TenantRegistry tenants_;
    tenants::Culler culler_;
    ZmqDoor zmq_;
    TenantEndpoints tenant_endpoints_;

    TaskGroup tasks_;
    TokenAuthenticator token_authenticator_;
    HubObserver hub_nobody_;                             // counts nothing
    HubObserver& hub_observer_;                          // the metrics, where there are any
    const std::unique_ptr<const HubClient> hub_client_;  // null: there is no JupyterHub
    std::optional<HubAuthenticator> hub_authenticator_;
    AnyoneAuthenticator anyone_;  // where the configuration asks for it
    AuthenticatorChain authenticator_;
    BrowserLogin browsers_;
    const std::unique_ptr<HubLogin> hub_login_;
    Throttle throttle_;
    const Cors cors_;
    WebsocketRegistry websockets_;
    KernelsApi kernels_api_;
    ConnectionApi connection_api_;
    SessionsApi sessions_api_;
    KernelspecsApi kernelspecs_api_;
    StatusApi status_api_;
    ChannelsApi channels_api_;
    AdminApi admin_api_;
    ActivityHistory history_;
    ActivityApi activity_api_;
    StatusPage status_page_;
    Router router_;
    HttpService service_;

    CurrentTls tls_;
    Listener listener_;
    AttachDoor attach_;
    bool attachable_ = false;  // the door's socket is taken
    const Gauges gauges_;
    MetricsApi metrics_api_;  // before what it looks at
    std::optional<MetricsDoor> metrics_door_;
    Reload reload_;
    Shutdown shutdown_;
};

}  // namespace corncob::server
