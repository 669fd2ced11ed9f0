#include "tenants/tenant.hpp"

#include <chrono>
#include <utility>

namespace corncob::tenants {
namespace {

/// The smaller one of two bounds of which 0 is none.
std::size_t smaller(std::size_t a, std::size_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

}  // namespace

Tenant::Tenant(protocol::TenantId id, const config::TenantConfig& config, const Kernelspecs& kernelspecs, Host& host,
               const Clock& clock, Observer& observer, std::size_t replay_bytes_max, Housekeeper* timers,
               AskConnection ask_connection, MemoryShares* memory)
    : id_(std::move(id)),
      quotas_(config.quotas),
      kernels_limit_("kernels_max", quotas_.kernels_max, teller(observer, "kernels_max")),
      connections_limit_("connections_max", quotas_.connections_max, teller(observer, "connections_max")),
      sessions_limit_("sessions_max", quotas_.sessions_max, teller(observer, "sessions_max")),
      requests_limit_("requests_per_second_max", quotas_.requests_per_second_max,
                      teller(observer, "requests_per_second_max")),
      kernels_(id_, kernelspecs,
               surroundings(host, clock, observer, replay_bytes_max, timers, std::move(ask_connection), memory),
               kernels_limit_),
      sessions_(kernels_, sessions_limit_) {}

Limit::Refused Tenant::teller(Observer& observer, const char* quota) const {
    return [this, &observer, quota] { observer.request_refused(id_, quota); };
}

KernelSurroundings Tenant::surroundings(Host& host, const Clock& clock, Observer& observer,
                                        std::size_t replay_bytes_max, Housekeeper* timers, AskConnection ask_connection,
                                        MemoryShares* memory) {
    KernelSurroundings all{host, clock, observer, quotas_.queued_cells_max};
    // Of a daemon that keeps nothing, no tenant keeps anything.
    if (replay_bytes_max != 0) all.replay_bytes_max = smaller(replay_bytes_max, quotas_.replay_bytes_max);
    all.output_bytes_max = quotas_.output_bytes_max;
    all.subshells_max = quotas_.subshells_max;
    all.threads_max = quotas_.threads_max;
    all.message_bytes_max = quotas_.message_bytes_max;
    all.outbox_bytes_max = quotas_.outbox_bytes_max;
    all.cell_time_max = std::chrono::seconds(quotas_.cell_seconds_max);
    all.requests = &requests_limit_;
    all.timers = timers;
    all.memory = memory;
    all.ask_connection = std::move(ask_connection);
    return all;
}

}  // namespace corncob::tenants
