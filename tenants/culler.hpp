// Ends kernels that nobody has used for a while. Keys, meanings and defaults are jupyter_server's.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "config/gateway_config.hpp"
#include "tenants/clock.hpp"
#include "tenants/housekeeper.hpp"
#include "tenants/observer.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::tenants {

/// Thread-safe.
class Culler {
 public:
    /// Looks every cull_interval_seconds, on a thread of its own, if there is a cull_idle_timeout_seconds, or the quota
    /// idle_seconds_max of a tenant. References outlive it.
    Culler(const config::KernelsConfig& config, TenantRegistry& tenants, const Clock& clock, Observer& observer);

    /// From the next look on `config` counts; also where tenants have other quotas by now. One thread at a time.
    void configure(const config::KernelsConfig& config);

    /// Ends every kernel whose last activity (activity.hpp) is longer ago than that, whichever is less; not one that
    /// runs a cell or has a client connected, unless cull_busy or cull_connected says so.
    void cull();

 private:
    struct Rules {
        std::chrono::seconds idle_timeout;
        std::chrono::seconds interval;
        bool connected;
        bool busy;
    };

    Rules rules() const;
    void look_again_later();
    /// The daemon's, or the quota idle_seconds_max if that is less; 0: never.
    static std::chrono::seconds timeout_of(const Tenant& tenant, std::chrono::seconds daemons);
    static bool is_idle(const protocol::rest::KernelModel& kernel, std::chrono::nanoseconds idle_for,
                        std::chrono::seconds timeout, const Rules& rules);

    mutable std::mutex mutex_;
    Rules rules_{};
    TenantRegistry& tenants_;
    const Clock& clock_;
    Observer& observer_;
    std::optional<Housekeeper> timer_;
};

}  // namespace corncob::tenants
