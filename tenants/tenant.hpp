// One tenant: its limits, kernels and sessions. Everything a request may reach hangs below one of these.
#pragma once

#include "config/gateway_config.hpp"
#include "tenants/kernel_registry.hpp"
#include "tenants/quota.hpp"
#include "tenants/session_registry.hpp"

namespace corncob::tenants {

class Tenant {
 public:
    Tenant(protocol::TenantId id, const config::TenantConfig& config, const Kernelspecs& kernelspecs, Host& host,
           const Clock& clock, Observer& observer, std::size_t replay_bytes_max = 0, AskConnection ask_connection = {});

    const protocol::TenantId& id() const { return id_; }
    KernelRegistry& kernels() { return kernels_; }
    SessionRegistry& sessions() { return sessions_; }
    const Limit& kernels_limit() const { return kernels_limit_; }
    Limit& connections_limit() { return connections_limit_; }

 private:
    const protocol::TenantId id_;
    Limit kernels_limit_;
    Limit connections_limit_;
    KernelRegistry kernels_;
    SessionRegistry sessions_;
};

}  // namespace corncob::tenants
