// TenantId -> Tenant: the only structure that sees more than one tenant.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tenants/tenant.hpp"

namespace corncob::tenants {

/// Thread-safe.
class TenantRegistry {
 public:
    TenantRegistry(const config::TenantsConfig& config, const Kernelspecs& kernelspecs, Host& host, const Clock& clock,
                   Observer& observer, std::size_t replay_bytes_max = 0, AskConnection ask_connection = {});

    /// The tenant of an authenticated principal; made at its first use. The reference is valid for the registry's
    /// life.
    Tenant& of(const protocol::TenantId& id);

    std::vector<Tenant*> all();
    /// Kernels of some tenant may be idle for so long only.
    bool any_idle_quota() const;

    /// What kernels seem to hold of this process.
    MemoryShares& memory() { return memory_; }
    /// From now on the quotas of `config` count, for tenants that are there and for those to come.
    void configure(const config::TenantsConfig& config);

    /// From now on no tenant starts a kernel or a cell; what runs and waits goes on.
    void drain();
    /// Kernels in which a cell runs or waits.
    std::size_t busy_kernels();

    /// Interrupts and shuts down every kernel of every tenant; `done` when the last one has ended.
    void shutdown_all(Kernel::Done done);

 private:
    const config::TenantConfig& config_of(const protocol::TenantId& id) const;
    Housekeeper* timers() { return timers_ ? &*timers_ : nullptr; }

    const Kernelspecs& kernelspecs_;
    Host& host_;
    const Clock& clock_;
    Observer& observer_;
    const std::size_t replay_bytes_max_;
    const AskConnection ask_connection_;
    std::optional<Housekeeper> timers_;  // where a cell may run for so long only
    MemoryShares memory_;
    mutable std::mutex mutex_;
    config::TenantsConfig config_;
    std::map<protocol::TenantId, std::unique_ptr<Tenant>> tenants_;
    bool draining_ = false;
};

}  // namespace corncob::tenants
