#include "tenants/tenant.hpp"

#include <utility>

namespace corncob::tenants {

Tenant::Tenant(protocol::TenantId id, const config::TenantConfig& config, const Kernelspecs& kernelspecs, Host& host,
               const Clock& clock, Observer& observer, std::size_t replay_bytes_max, AskConnection ask_connection)
    : id_(std::move(id)),
      kernels_limit_("kernels_max", config.quotas.kernels_max),
      connections_limit_("connections_max", config.quotas.connections_max),
      kernels_(id_, kernelspecs,
               KernelSurroundings{host, clock, observer, config.quotas.queued_cells_max, replay_bytes_max,
                                  config.quotas.output_bytes_max, std::move(ask_connection)},
               kernels_limit_),
      sessions_(kernels_) {}

}  // namespace corncob::tenants
