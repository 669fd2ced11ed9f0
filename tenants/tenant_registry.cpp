#include "tenants/tenant_registry.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace corncob::tenants {
namespace {

bool any_quota(const config::TenantsConfig& config, std::size_t config::QuotaConfig::*quota) {
    return config.defaults.quotas.*quota != 0 ||
           std::any_of(config.named.begin(), config.named.end(),
                       [quota](const auto& each) { return each.second.quotas.*quota != 0; });
}

}  // namespace

TenantRegistry::TenantRegistry(const config::TenantsConfig& config, const Kernelspecs& kernelspecs, Host& host,
                               const Clock& clock, Observer& observer, std::size_t replay_bytes_max,
                               AskConnection ask_connection)
    : kernelspecs_(kernelspecs),
      host_(host),
      clock_(clock),
      observer_(observer),
      replay_bytes_max_(replay_bytes_max),
      ask_connection_(std::move(ask_connection)),
      memory_(clock),
      config_(config) {
    if (any_quota(config_, &config::QuotaConfig::cell_seconds_max)) timers_.emplace();
}

bool TenantRegistry::any_idle_quota() const {
    const std::lock_guard lock(mutex_);
    return any_quota(config_, &config::QuotaConfig::idle_seconds_max);
}

/// mutex_ is held.
const config::TenantConfig& TenantRegistry::config_of(const protocol::TenantId& id) const {
    const auto named = config_.named.find(id.str());
    return named == config_.named.end() ? config_.defaults : named->second;
}

void TenantRegistry::configure(const config::TenantsConfig& config) {
    const std::lock_guard lock(mutex_);
    config_ = config;
    if (!timers_ && any_quota(config_, &config::QuotaConfig::cell_seconds_max)) timers_.emplace();
    for (const auto& [id, tenant] : tenants_) tenant->configure(config_of(id).quotas, timers());
}

Tenant& TenantRegistry::of(const protocol::TenantId& id) {
    const std::lock_guard lock(mutex_);
    auto& tenant = tenants_[id];
    if (!tenant) {
        tenant = std::make_unique<Tenant>(id, config_of(id), kernelspecs_, host_, clock_, observer_, replay_bytes_max_,
                                          timers(), ask_connection_, &memory_);
        if (draining_) tenant->kernels().drain();
    }
    return *tenant;
}

std::vector<Tenant*> TenantRegistry::all() {
    const std::lock_guard lock(mutex_);
    std::vector<Tenant*> tenants;
    for (const auto& [id, tenant] : tenants_) tenants.push_back(tenant.get());
    return tenants;
}

void TenantRegistry::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    for (const auto& [id, tenant] : tenants_) tenant->kernels().drain();
}

std::size_t TenantRegistry::busy_kernels() {
    std::size_t busy = 0;
    for (Tenant* tenant : all()) {
        for (const auto& kernel : tenant->kernels().list()) busy += kernel->busy() ? 1 : 0;
    }
    return busy;
}

void TenantRegistry::shutdown_all(Kernel::Done done) {
    // One more than there are kernels: the count must not reach zero before all have been told.
    auto left = std::make_shared<std::atomic<std::size_t>>(1);
    const Kernel::Done one_less = [left, done = std::move(done)] {
        if (left->fetch_sub(1) == 1) done();
    };
    for (Tenant* tenant : all()) {
        for (const auto& kernel : tenant->kernels().list()) {
            left->fetch_add(1);
            if (!tenant->kernels().shutdown(kernel->id(), one_less)) one_less();
        }
    }
    one_less();
}

}  // namespace corncob::tenants
