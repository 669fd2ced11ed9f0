// What happens to kernels, as lines of the log.
#pragma once

#include "server/log.hpp"
#include "tenants/observer.hpp"

namespace corncob::server {

/// Thread-safe, as the log is.
class EventLog final : public tenants::Observer {
 public:
    explicit EventLog(Log& log) : log_(log) {}

    void kernel_started(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void kernel_ended(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                      std::string_view reason) override;
    void kernel_autorestarted(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                              std::string_view reason) override;
    void kernel_culled(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                       std::chrono::nanoseconds idle_for) override;
    void thread_disowned(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;

 private:
    Log& log_;
};

}  // namespace corncob::server
