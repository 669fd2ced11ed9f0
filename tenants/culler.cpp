#include "tenants/culler.hpp"

namespace corncob::tenants {

Culler::Culler(const config::KernelsConfig& config, TenantRegistry& tenants, const Clock& clock, Observer& observer)
    : tenants_(tenants), clock_(clock), observer_(observer) {
    configure(config);
}

void Culler::configure(const config::KernelsConfig& config) {
    {
        const std::lock_guard lock(mutex_);
        rules_ = {std::chrono::seconds(config.cull_idle_timeout_seconds),
                  std::chrono::seconds(config.cull_interval_seconds), config.cull_connected, config.cull_busy};
    }
    if (timer_ || (config.cull_idle_timeout_seconds == 0 && !tenants_.any_idle_quota())) return;
    timer_.emplace();
    look_again_later();
}

Culler::Rules Culler::rules() const {
    const std::lock_guard lock(mutex_);
    return rules_;
}

void Culler::look_again_later() {
    timer_->post_after(rules().interval, [this] {
        cull();
        look_again_later();
    });
}

void Culler::cull() {
    const Clock::System now = clock_.system_now();
    const Rules rules = this->rules();
    for (Tenant* tenant : tenants_.all()) {
        const auto timeout = timeout_of(*tenant, rules.idle_timeout);
        for (const auto& kernel : tenant->kernels().list()) {
            const auto model = kernel->model();
            const auto idle_for = now - model.last_activity;
            if (!is_idle(model, idle_for, timeout, rules)) continue;
            observer_.kernel_culled(tenant->id(), kernel->id(), idle_for);
            tenant->kernels().shutdown(kernel->id(), [] {});
        }
    }
}

std::chrono::seconds Culler::timeout_of(const Tenant& tenant, std::chrono::seconds daemons) {
    const std::chrono::seconds own(tenant.quotas().idle_seconds_max);
    return own.count() == 0 || (daemons.count() != 0 && daemons < own) ? daemons : own;
}

bool Culler::is_idle(const protocol::rest::KernelModel& kernel, std::chrono::nanoseconds idle_for,
                     std::chrono::seconds timeout, const Rules& rules) {
    if (timeout.count() == 0 || idle_for <= timeout) return false;
    return (rules.busy || kernel.execution_state != "busy") && (rules.connected || kernel.connections == 0);
}

}  // namespace corncob::tenants
