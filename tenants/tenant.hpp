// One tenant: its limits, kernels and sessions. Everything a request may reach hangs below one of these.
#pragma once

#include <mutex>
#include <vector>

#include "config/gateway_config.hpp"
#include "tenants/activity_counts.hpp"
#include "tenants/kernel_registry.hpp"
#include "tenants/quota.hpp"
#include "tenants/session_registry.hpp"

namespace corncob::tenants {

/// Whom a quota refuses, the observer is told of. References, `timers` and `memory` outlive the tenant. Thread-safe.
class Tenant {
 public:
    Tenant(protocol::TenantId id, const config::TenantConfig& config, const Kernelspecs& kernelspecs, Host& host,
           const Clock& clock, Observer& observer, std::size_t replay_bytes_max = 0, Housekeeper* timers = nullptr,
           AskConnection ask_connection = {}, MemoryShares* memory = nullptr);

    const protocol::TenantId& id() const { return id_; }
    KernelRegistry& kernels() { return kernels_; }
    SessionRegistry& sessions() { return sessions_; }
    const Limit& kernels_limit() const { return kernels_limit_; }
    Limit& connections_limit() { return connections_limit_; }
    /// Of HTTP requests and of messages.
    RateLimit& requests_limit() { return requests_limit_; }
    config::QuotaConfig quotas() const;
    /// From now on these count; what is a kernel's or a cell's, for kernels that start from now on.
    void configure(const config::QuotaConfig& quotas, Housekeeper* timers);
    ActivityCounts& counts() { return counts_; }
    /// Every limit of things that the tenant has many of at once.
    std::vector<const Limit*> limits() const { return {&kernels_limit_, &connections_limit_, &sessions_limit_}; }

 private:
    Limit::Refused teller(Observer& observer, const char* quota) const;
    void apply(const config::QuotaConfig& quotas, KernelSurroundings& all) const;
    KernelSurroundings surroundings(Host& host, const Clock& clock, Observer& observer, Housekeeper* timers,
                                    AskConnection ask_connection, MemoryShares* memory);

    const protocol::TenantId id_;
    const std::size_t replay_bytes_max_;  // the daemon's; 0: nothing is kept
    mutable std::mutex quotas_mutex_;
    config::QuotaConfig quotas_;
    Limit kernels_limit_;
    Limit connections_limit_;
    Limit sessions_limit_;
    RateLimit requests_limit_;
    ActivityCounts counts_;
    KernelRegistry kernels_;
    SessionRegistry sessions_;
};

}  // namespace corncob::tenants
