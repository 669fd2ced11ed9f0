// GET /metrics: what the daemon counts, for Prometheus.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "config/gateway_config.hpp"
#include "server/auth/authenticator.hpp"
#include "server/auth/throttle.hpp"
#include "server/door_observer.hpp"
#include "server/http/router.hpp"
#include "server/metrics/exposition.hpp"
#include "server/side_thread.hpp"

namespace corncob::server {

/// Who may look, besides everybody. References outlive the API.
struct MetricsGuard {
    Authenticator& authenticator;
    Throttle& throttle;
    DoorObserver& observer;
};

/// Thread-safe. Collects and writes on a thread of its own: it takes the locks of kernels and reads /proc, and the text
/// of many metrics is long.
class MetricsApi {
 public:
    using Collect = std::function<std::vector<prometheus::MetricFamily>()>;

    MetricsApi(const config::MetricsConfig& config, Collect collect, MetricsGuard guard)
        : token_required_(config.token_required),
          token_sha256_(config.token_sha256),
          collect_(std::move(collect)),
          guard_(guard) {}

    void add_routes(Router& router);

 private:
    Awaitable<Response> answer(RequestScope& scope);
    Awaitable<bool> may_look(RequestScope& scope);

    const bool token_required_;
    const std::string token_sha256_;  ///< of the token that is for this alone; empty: none is
    const Collect collect_;
    const MetricsGuard guard_;
    SideThread writer_;
};

}  // namespace corncob::server
