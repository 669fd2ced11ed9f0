// Every metric of the daemon: its name, type, labels and meaning. The table in server/README.md says the same.
#pragma once

#include <array>
#include <cstddef>

#include <prometheus/metric_type.h>

namespace corncob::server {

enum class Metric : std::size_t {
    build_info,
    start_time,
    draining,
    tenants,
    kernels,
    sessions,
    connections,
    quota_used,
    quota_limit,
    outbox_bytes,
    replay_bytes,
    kernel_threads,
    disowned_threads,
    kernels_started,
    kernels_ended,
    kernel_autorestarts,
    kernels_culled,
    kernel_start_duration,
    messages,
    cells,
    cell_seconds,
    execute_duration,
    queue_wait,
    interrupts,
    interrupt_duration,
    gil_wait,
    gil_held,
    dropped_messages,
    refused_requests,
    limit_hits,
    disconnected_clients,
    http_requests,
    authentications,
    hub_checks,
    hub_check_duration,
    cache_hits,
    cache_misses,
    process_cpu_seconds,
    process_resident_memory,
    process_virtual_memory,
    process_threads,
    process_open_fds,
    process_max_fds,
    container_memory,
    container_memory_limit,
    container_pids,
    container_pids_limit,
};

struct Declaration {
    Metric metric;
    const char* name;
    prometheus::MetricType type;
    const char* labels;  ///< separated by ", "; empty: none
    const char* help;
};

inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::container_pids_limit) + 1;

/// In the order of Metric.
const std::array<Declaration, kMetrics>& declarations();

inline const Declaration& declaration(Metric metric) {
    return declarations().at(static_cast<std::size_t>(metric));
}

/// "counter", "gauge", "histogram".
const char* type_name(prometheus::MetricType type);

}  // namespace corncob::server
