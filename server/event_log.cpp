#include "server/event_log.hpp"

namespace corncob::server {

using protocol::KernelId;
using protocol::TenantId;

void EventLog::kernel_started(const TenantId& tenant, const KernelId& kernel) {
    log_.info("kernel={} tenant={} started", kernel.str(), tenant.str());
}

void EventLog::kernel_ended(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    log_.info("kernel={} tenant={} ended: {}", kernel.str(), tenant.str(), reason);
}

void EventLog::kernel_autorestarted(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    log_.warn("kernel={} tenant={} has ended by itself and begins anew: {}", kernel.str(), tenant.str(), reason);
}

void EventLog::kernel_culled(const TenantId& tenant, const KernelId& kernel, std::chrono::nanoseconds idle_for) {
    log_.warn("kernel={} tenant={} culled: not used for {} s (kernels.cull_idle_timeout_seconds)", kernel.str(),
              tenant.str(), std::chrono::duration_cast<std::chrono::seconds>(idle_for).count());
}

void EventLog::thread_disowned(const TenantId& tenant, const KernelId& kernel) {
    log_.warn("kernel={} tenant={} its code does not stop: the thread is disowned and runs on", kernel.str(),
              tenant.str());
}

}  // namespace corncob::server
