// Which tenants are told apart in metrics.
#pragma once

#include <cstddef>
#include <set>
#include <shared_mutex>
#include <string>

#include "protocol/ids.hpp"

namespace corncob::server {

inline constexpr const char* kOtherTenants = "other";

/// The first so many tenants that come have a label of their own, all others are one: so that metrics stay few however
/// many tenants there are. Thread-safe.
class TenantLabels {
 public:
    explicit TenantLabels(std::size_t labels_max) : labels_max_(labels_max) {}

    /// The tenant's name, or kOtherTenants.
    std::string of(const protocol::TenantId& tenant);

 private:
    const std::size_t labels_max_;
    std::shared_mutex mutex_;
    std::set<std::string> known_;  // at most labels_max_
};

}  // namespace corncob::server
