// A port of its own for /metrics and nothing else.
#pragma once

#include <cstdint>
#include <string>

#include "server/http/cors.hpp"
#include "server/http/http_connection.hpp"
#include "server/http/http_service.hpp"
#include "server/http/router.hpp"
#include "server/metrics/metrics_api.hpp"
#include "server/net/io_pool.hpp"
#include "server/net/listener.hpp"
#include "server/net/tls.hpp"
#include "server/task_group.hpp"

namespace corncob::server {

inline constexpr std::size_t kScrapersMax = 32;  ///< connections at the same time; beyond: 503

/// References outlive it.
struct MetricsDoorSurroundings {
    MetricsApi& api;
    const Cors& cors;
    Authenticator& authenticator;
    Throttle& throttle;
    tenants::TenantRegistry& tenants;
    const ServerState& state;
    const config::ServerConfig& limits;
    DoorObserver& observer;
    Log& log;
    const CurrentTls& tls;
};

/// Under TLS where the main port is, with the same certificate and the same demands on clients: a token of the
/// scraper's is a secret like any other.
class MetricsDoor {
 public:
    MetricsDoor(const MetricsDoorSurroundings& surroundings, IoPool& pool, TaskGroup& tasks);

    Result<void, ErrorCode> open(const std::string& ip, std::uint16_t port) { return listener_.open(ip, port); }
    std::uint16_t port() const { return listener_.port(); }
    /// The accept loop, until it is cancelled.
    Awaitable<void> run() { return listener_.run(); }

 private:
    Awaitable<void> serve(TcpSocket socket, std::uint64_t number);

    const MetricsDoorSurroundings surroundings_;
    Router router_{"/"};
    HttpService service_;
    Listener listener_;
};

}  // namespace corncob::server
