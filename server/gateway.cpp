#include "server/gateway.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/uuid.hpp"
#include "server/attach/peer.hpp"
#include "server/http/lab_api.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kTokenBytes = 24;  // 192 random bits

/// There are tokens that we need not tell anybody.
bool others_may_come(const config::GatewayConfig& config) {
    return !config.auth.tokens.empty() || config.hub || config.auth.allow_anyone;
}

/// The given token; where none is known at all, a random one: there is no daemon without authentication, unless it is
/// asked for.
std::string token_of(const config::GatewayConfig& config) {
    if (config.token && !config.token->empty()) return *config.token;
    return others_may_come(config) ? std::string() : protocol::random_hex(kTokenBytes);
}

std::vector<KnownToken> tokens_of(const config::GatewayConfig& config, const std::string& token) {
    auto tokens = known_tokens(config);
    if (tokens.empty() && !token.empty()) tokens.push_back(token_of_default_tenant(token));
    return tokens;
}

/// An address that a browser on this machine can use.
std::string browsable(const std::string& ip) {
    if (ip == "0.0.0.0" || ip == "::") return "127.0.0.1";
    return ip.find(':') == std::string::npos ? ip : "[" + ip + "]";
}

/// Throws a sentence for the operator.
TlsContext tls_of(const config::TlsConfig& config) {
    auto context = make_tls_context(config);
    if (!context) throw std::runtime_error(context.error().detail);
    return std::move(*context);
}

ZmqDoorSettings zmq_settings(const config::GatewayConfig& config) {
    return {.transport = config.zmq.transport,
            .runtime_dir = config.zmq.runtime_dir,
            .endpoint = {.message_bytes_max = config.server.message_bytes_max,
                         .outbox_bytes_max = config.server.outbox_bytes_max,
                         .slow_client_timeout = std::chrono::seconds(config.server.slow_client_timeout_seconds)}};
}

}  // namespace

Gateway::Gateway(config::GatewayConfig config, std::shared_ptr<Log> log, std::unique_ptr<tenants::Host> host)
    : config_(std::move(config)),
      token_(token_of(config_)),
      log_(std::move(log)),
      events_(*log_, clock_),
      tenant_labels_(config_.metrics.tenant_labels_max),
      metrics_(tenant_labels_),
      doors_(config_.metrics.enabled ? metrics_ : nobody_),
      observer_(config_.metrics.enabled ? std::vector<tenants::Observer*>{&events_, &metrics_}
                                        : std::vector<tenants::Observer*>{&events_}),
      pool_(config_.server.io_threads),
      kernelspecs_(config_),
      host_(std::move(host)),
      // What is replayed must fit into the outbox of who comes back.
      tenants_(config_.tenants, kernelspecs_, *host_, clock_, observer_,
               std::min(config_.kernels.replay_bytes_max, config_.server.outbox_bytes_max),
               [this](std::shared_ptr<tenants::Kernel> kernel, tenants::TellConnection tell) {
                   zmq_.connection_of(std::move(kernel),
                                      [tell = std::move(tell)](const auto& info) { tell(answer_json(info, true)); });
               }),
      culler_(config_.kernels, tenants_, clock_, observer_),
      zmq_(zmq_settings(config_), clock_, observer_, doors_, *log_),
      tenant_endpoints_(zmq_settings(config_), {std::chrono::seconds(config_.zmq.session_idle_timeout_seconds)},
                        zmq_.reactor(), clock_, observer_, doors_, *log_),
      tasks_(*log_),
      token_authenticator_(tokens_of(config_, token_), clock_),
      hub_observer_(config_.metrics.enabled ? metrics_ : hub_nobody_),
      hub_client_(config_.hub ? std::make_unique<const HubClient>(*config_.hub) : nullptr),
      authenticator_(authenticators()),
      browsers_(make_browser_login()),
      hub_login_(make_hub_login()),
      throttle_(clock_),
      cors_(config_.server),
      kernels_api_(config_.server.base_url, config_.kernels.list_kernels),
      connection_api_(zmq_),
      sessions_api_(config_.server.base_url, config_.kernels.list_kernels),
      kernelspecs_api_(config_.server.base_url, kernelspecs_),
      status_api_(state_, *host_, config_.kernels.isolation),
      channels_api_(cors_, websockets_, state_, doors_, *log_, config_.server),
      admin_api_(tenants_, [this] { stop(); }),
      history_(tenants_, clock_),
      activity_api_({tenants_, kernelspecs_, state_, history_, config_.kernels.isolation, config_.kernels.list_kernels,
                     [this](const auto& tenant) { return tenant_endpoints_.file_of(tenant); }}),
      status_page_(browsers_, authenticator_, throttle_, hub_login_ != nullptr),
      router_(config_.server.base_url),
      service_(router_, cors_, authenticator_, &browsers_, hub_login_.get(), throttle_, tenants_, doors_, *log_),
      tls_(tls_of(config_.server.tls)),
      listener_(
          pool_, tasks_, *log_,
          [this](TcpSocket socket, std::uint64_t number) { return serve(std::move(socket), number); },
          config_.server.connections_max, doors_, config_.server.tls.certificate.empty()),
      attach_({tenants_, zmq_, *log_, protocol::TenantId(kDefaultTenant),
               std::chrono::seconds(config_.server.request_timeout_seconds),
               [own = ::geteuid()](uid_t peer) { return may_attach(peer, own); }},
              pool_, tasks_),
      gauges_({tenants_, *host_, state_, [this] { return door_figures(); }, config_.kernels.isolation}, tenant_labels_),
      metrics_api_(config_.metrics, [this] { return collect_metrics(); }, {authenticator_, throttle_, doors_}),
      reload_(
          {token_authenticator_, hub_authenticator_ ? &*hub_authenticator_ : nullptr, tls_, tenants_, culler_,
           metrics_api_, *log_, [token = token_](const config::GatewayConfig& next) { return tokens_of(next, token); }},
          config_, pool_.main()),
      shutdown_({pool_, state_, tenants_, websockets_, tasks_, *log_},
                std::chrono::seconds(config_.server.drain_timeout_seconds)) {
    kernels_api_.add_routes(router_);
    connection_api_.add_routes(router_);
    sessions_api_.add_routes(router_);
    kernelspecs_api_.add_routes(router_);
    status_api_.add_routes(router_);
    channels_api_.add_routes(router_);
    admin_api_.add_routes(router_);
    activity_api_.add_routes(router_);
    status_page_.add_routes(router_);
    add_lab_routes(router_);
    if (hub_login_) hub_login_->add_routes(router_);
    if (!config_.metrics.enabled) return;
    host_->watch(observer_);
    if (config_.metrics.port == 0) {
        metrics_api_.add_routes(router_);
    } else {
        metrics_door_.emplace(MetricsDoorSurroundings{metrics_api_, cors_, authenticator_, throttle_, tenants_, state_,
                                                      config_.server, doors_, *log_, tls_},
                              pool_, tasks_);
    }
}

/// In the order in which they are asked.
std::vector<Authenticator*> Gateway::authenticators() {
    std::vector<Authenticator*> members = {&token_authenticator_};
    if (hub_client_) {
        const HubAuthenticator::Surroundings surroundings{*hub_client_, clock_, tasks_, hub_observer_, *log_};
        hub_authenticator_.emplace(surroundings, config_.hub->access_scopes, config_.auth.jupyterhub);
        members.push_back(&*hub_authenticator_);
    }
    if (config_.auth.allow_anyone) members.push_back(&anyone_);
    return members;
}

/// There is a Hub, and it knows us well enough to send browsers here.
bool Gateway::browsers_come_by_the_hub() const {
    return config_.hub && !config_.hub->client_id.empty() && !config_.hub->api_token.empty();
}

BrowserLogin Gateway::make_browser_login() const {
    const bool hub = browsers_come_by_the_hub();
    return {config_.server.base_url, hub ? config_.hub->client_id : std::string(), hub && config_.hub->https, clock_};
}

std::unique_ptr<HubLogin> Gateway::make_hub_login() {
    if (!browsers_come_by_the_hub()) return nullptr;
    return std::make_unique<HubLogin>(*config_.hub, browsers_, *hub_client_, *log_);
}

DoorFigures Gateway::door_figures() {
    const auto websockets = websockets_.figures();
    const std::size_t sockets = listener_.connections();
    // One that is just being closed is no longer known as a WebSocket.
    return {.http = sockets > websockets.open ? sockets - websockets.open : 0,
            .websocket = websockets.open,
            .zmq = zmq_.kernels(),
            .attach = attach_.attached(),
            .websocket_outbox_bytes = websockets.outbox_bytes,
            .zmq_outbox_bytes = zmq_.outbox_bytes()};
}

std::vector<prometheus::MetricFamily> Gateway::collect_metrics() const {
    auto families = gauges_.collect();
    for (auto& counted : metrics_.collect()) families.push_back(std::move(counted));
    return families;
}

Result<void, ErrorCode> Gateway::open() {
    auto opened = listener_.open(config_.server.ip, config_.server.port);
    if (opened && metrics_door_) opened = metrics_door_->open(config_.server.ip, config_.metrics.port);
    if (!opened) return opened;
    if (auto endpoints = open_tenant_endpoints(); !endpoints) {
        return Failure<ErrorCode>{asio::error::operation_not_supported, endpoints.error().detail};
    }
    if (!config_.zmq.attach_socket.empty()) open_attach_door();
    return opened;
}

ConnectionResult<void> Gateway::open_tenant_endpoints() {
    for (const std::string& name : tenants_with_endpoint(config_)) {
        if (auto opened = tenant_endpoints_.open(tenants_.of(protocol::TenantId(name))); !opened) return opened;
    }
    return {};
}

/// Without it all others can be served, so it is no reason not to start.
void Gateway::open_attach_door() {
    const auto opened = attach_.open(config_.zmq.attach_socket);
    attachable_ = opened.has_value();
    if (!attachable_) log_->warn("corncob attach will not find this daemon: {}", opened.error().detail);
}

std::string Gateway::url() const {
    const char* scheme = config_.server.tls.certificate.empty() ? "http://" : "https://";
    std::string url = scheme + browsable(config_.server.ip) + ":" + std::to_string(port()) + config_.server.base_url;
    if (!others_may_come(config_) && !config_.token_is_secret) url += "?token=" + percent_encode(token_);
    return url;
}

void Gateway::run() {
    tasks_.spawn(pool_.main(), listener_.run(), "listener");
    if (metrics_door_) tasks_.spawn(pool_.main(), metrics_door_->run(), "metrics listener");
    tasks_.spawn(pool_.main(), history_.run(), "activity history");
    if (attachable_) tasks_.spawn(pool_.main(), attach_.run(), "attach door");
    tasks_.spawn(pool_.main(), reload_.run(), "reload");
    for (const std::string& route : router_.listing()) log_->debug("route {}", route);
    if (config_.auth.allow_anyone) {
        log_->warn("auth.allow_anyone: whoever reaches port {} of this machine may run code as this user", port());
    }
    pool_.start();
    log_->info("corncob {} listens on {} port {}, base_url={} isolation={} io_threads={}", CORNCOB_VERSION,
               config_.server.ip, port(), config_.server.base_url, config_.kernels.isolation,
               config_.server.io_threads);
    pool_.join();
    tenant_endpoints_.close();
    zmq_.stop();
    log_->info("stopped");
}

Awaitable<void> Gateway::serve(TcpSocket socket, std::uint64_t number) {
    const HttpSurroundings surroundings{service_, state_, config_.server, doors_, *log_};
    return serve_http(std::make_unique<HttpConnection>(tls_.over(std::move(socket)), surroundings, number));
}

}  // namespace corncob::server
