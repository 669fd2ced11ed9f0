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
      replay_bytes_max_(replay_bytes_max),
      quotas_(config.quotas),
      kernels_limit_("kernels_max", quotas_.kernels_max, teller(observer, "kernels_max")),
      connections_limit_("connections_max", quotas_.connections_max, teller(observer, "connections_max")),
      sessions_limit_("sessions_max", quotas_.sessions_max, teller(observer, "sessions_max")),
      requests_limit_("requests_per_second_max", quotas_.requests_per_second_max,
                      teller(observer, "requests_per_second_max")),
      kernels_(id_, kernelspecs, surroundings(host, clock, observer, timers, std::move(ask_connection), memory),
               kernels_limit_),
      sessions_(kernels_, sessions_limit_) {}

Limit::Refused Tenant::teller(Observer& observer, const char* quota) const {
    return [this, &observer, quota] { observer.request_refused(id_, quota); };
}

config::QuotaConfig Tenant::quotas() const {
    const std::lock_guard lock(quotas_mutex_);
    return quotas_;
}

void Tenant::configure(const config::QuotaConfig& quotas, Housekeeper* timers) {
    {
        const std::lock_guard lock(quotas_mutex_);
        quotas_ = quotas;
    }
    kernels_limit_.set_maximum(quotas.kernels_max);
    connections_limit_.set_maximum(quotas.connections_max);
    sessions_limit_.set_maximum(quotas.sessions_max);
    requests_limit_.set_per_second(quotas.requests_per_second_max);
    kernels_.configure([&](KernelSurroundings& all) {
        apply(quotas, all);
        all.timers = timers;
    });
}

/// What of them is a kernel's.
void Tenant::apply(const config::QuotaConfig& quotas, KernelSurroundings& all) const {
    all.queued_cells_max = quotas.queued_cells_max;
    // Of a daemon that keeps nothing, no tenant keeps anything.
    if (replay_bytes_max_ != 0) all.replay_bytes_max = smaller(replay_bytes_max_, quotas.replay_bytes_max);
    all.output_bytes_max = quotas.output_bytes_max;
    all.subshells_max = quotas.subshells_max;
    all.threads_max = quotas.threads_max;
    all.message_bytes_max = quotas.message_bytes_max;
    all.outbox_bytes_max = quotas.outbox_bytes_max;
    all.cell_time_max = std::chrono::seconds(quotas.cell_seconds_max);
}

KernelSurroundings Tenant::surroundings(Host& host, const Clock& clock, Observer& observer, Housekeeper* timers,
                                        AskConnection ask_connection, MemoryShares* memory) {
    KernelSurroundings all{host, clock, observer, quotas_.queued_cells_max};
    apply(quotas_, all);
    all.requests = &requests_limit_;
    all.timers = timers;
    all.memory = memory;
    all.counts = &counts_;
    all.ask_connection = std::move(ask_connection);
    return all;
}

}  // namespace corncob::tenants
