// Metrics that are not counted but looked at when somebody asks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "server/metrics/tenant_labels.hpp"
#include "server/server_state.hpp"
#include "tenants/host.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// What the doors have open, and what waits in them.
struct DoorFigures {
    std::size_t http = 0;
    std::size_t websocket = 0;
    std::size_t zmq = 0;
    std::size_t attach = 0;
    std::size_t websocket_outbox_bytes = 0;
    std::size_t zmq_outbox_bytes = 0;
};

/// References outlive the gauges.
struct GaugeSources {
    tenants::TenantRegistry& tenants;
    tenants::Host& host;
    const ServerState& state;
    std::function<DoorFigures()> doors;
    std::string isolation;
};

/// Takes the lock of each kernel for a moment, and reads /proc: not on an IO thread. Thread-safe.
class Gauges {
 public:
    Gauges(GaugeSources sources, TenantLabels& labels) : sources_(std::move(sources)), labels_(labels) {}

    std::vector<prometheus::MetricFamily> collect() const;

 private:
    const GaugeSources sources_;
    TenantLabels& labels_;
};

}  // namespace corncob::server
