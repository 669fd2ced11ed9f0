#include "server/metrics/tenant_labels.hpp"

#include <mutex>

namespace corncob::server {

std::string TenantLabels::of(const protocol::TenantId& tenant) {
    {
        const std::shared_lock lock(mutex_);
        if (known_.contains(tenant.str())) return tenant.str();
        if (known_.size() >= labels_max_) return kOtherTenants;
    }
    const std::lock_guard lock(mutex_);
    if (known_.size() < labels_max_) known_.insert(tenant.str());
    return known_.contains(tenant.str()) ? tenant.str() : kOtherTenants;
}

}  // namespace corncob::server
