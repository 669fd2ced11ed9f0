#include "server/event_log.hpp"

#include <utility>

namespace corncob::server {

using protocol::KernelId;
using protocol::TenantId;

void EventLog::kernel_started(const TenantId& tenant, const KernelId& kernel) {
    log_.info("audit=start tenant={} kernel={} started", tenant.str(), kernel.str());
}

void EventLog::kernel_ended(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    log_.info("audit=stop tenant={} kernel={} ended: {}", tenant.str(), kernel.str(), reason);
}

void EventLog::kernel_autorestarted(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    log_.warn("audit=restart tenant={} kernel={} has ended by itself and begins anew: {}", tenant.str(), kernel.str(),
              reason);
}

void EventLog::kernel_culled(const TenantId& tenant, const KernelId& kernel, std::chrono::nanoseconds idle_for) {
    log_.warn("audit=cull tenant={} kernel={} culled: not used for {} s (kernels.cull_idle_timeout_seconds)",
              tenant.str(), kernel.str(), std::chrono::duration_cast<std::chrono::seconds>(idle_for).count());
}

void EventLog::thread_disowned(const TenantId& tenant, const KernelId& kernel) {
    log_.warn("audit=disown tenant={} kernel={} its code does not stop: the thread is disowned and runs on",
              tenant.str(), kernel.str());
}

void EventLog::request_refused(const TenantId& tenant, std::string_view reason) {
    quota_hit(tenant, reason);
}

void EventLog::limit_hit(const TenantId& tenant, std::string_view limit) {
    quota_hit(tenant, limit);
}

void EventLog::quota_hit(const TenantId& tenant, std::string_view quota) {
    std::size_t times = 1;
    {
        const auto now = clock_.steady_now();
        const std::lock_guard lock(mutex_);
        if (hits_.size() >= kHitsRememberedMax) hits_.clear();
        const auto [hits, first] = hits_.try_emplace(tenant.str() + " " + std::string(quota), Hits{now});
        if (!first && now - hits->second.told < kSameHitPause) {
            ++hits->second.untold;
            return;
        }
        times += std::exchange(hits->second.untold, 0);
        hits->second.told = now;
    }
    log_.warn("audit=quota tenant={} quota={} times={} refused: the quota is used up", tenant.str(), quota, times);
}

}  // namespace corncob::server
