#include "tenants/culler.hpp"

namespace corncob::tenants {

Culler::Culler(const config::KernelsConfig& config, TenantRegistry& tenants, const Clock& clock, Observer& observer)
    : idle_timeout_(config.cull_idle_timeout_seconds),
      interval_(config.cull_interval_seconds),
      connected_(config.cull_connected),
      busy_(config.cull_busy),
      tenants_(tenants),
      clock_(clock),
      observer_(observer) {
    if (idle_timeout_.count() == 0 && !tenants.any_idle_quota()) return;
    timer_.emplace();
    look_again_later();
}

void Culler::look_again_later() {
    timer_->post_after(interval_, [this] {
        cull();
        look_again_later();
    });
}

void Culler::cull() {
    const Clock::System now = clock_.system_now();
    for (Tenant* tenant : tenants_.all()) {
        const auto timeout = timeout_of(*tenant);
        for (const auto& kernel : tenant->kernels().list()) {
            const auto model = kernel->model();
            const auto idle_for = now - model.last_activity;
            if (!is_idle(model, idle_for, timeout)) continue;
            observer_.kernel_culled(tenant->id(), kernel->id(), idle_for);
            tenant->kernels().shutdown(kernel->id(), [] {});
        }
    }
}

std::chrono::seconds Culler::timeout_of(const Tenant& tenant) const {
    const std::chrono::seconds own(tenant.quotas().idle_seconds_max);
    return own.count() == 0 || (idle_timeout_.count() != 0 && idle_timeout_ < own) ? idle_timeout_ : own;
}

bool Culler::is_idle(const protocol::rest::KernelModel& kernel, std::chrono::nanoseconds idle_for,
                     std::chrono::seconds timeout) const {
    if (timeout.count() == 0 || idle_for <= timeout) return false;
    return (busy_ || kernel.execution_state != "busy") && (connected_ || kernel.connections == 0);
}

}  // namespace corncob::tenants
