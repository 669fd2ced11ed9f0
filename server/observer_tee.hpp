// One observer that is several.
#pragma once

#include <utility>
#include <vector>

#include "tenants/observer.hpp"

namespace corncob::server {

/// Hands every event to each of `observers`, in their order. References outlive it.
class ObserverTee final : public tenants::Observer {
 public:
    explicit ObserverTee(std::vector<tenants::Observer*> observers) : observers_(std::move(observers)) {}

    void kernel_started(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void kernel_ready(const protocol::TenantId& tenant, const protocol::KernelId& kernel, std::string_view kernel_name,
                      std::chrono::nanoseconds took) override;
    void kernel_ended(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                      std::string_view reason) override;
    void kernel_autorestarted(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                              std::string_view reason) override;
    void kernel_culled(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                       std::chrono::nanoseconds idle_for) override;
    void thread_disowned(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void request_refused(const protocol::TenantId& tenant, std::string_view reason) override;
    void limit_hit(const protocol::TenantId& tenant, std::string_view limit) override;
    void frame_refused(const protocol::TenantId& tenant, std::string_view reason) override;
    void messages_lost(const protocol::TenantId& tenant, std::string_view reason, std::size_t messages) override;
    void cell_done(const protocol::TenantId& tenant, std::chrono::nanoseconds queued, std::chrono::nanoseconds ran,
                   bool ok) override;
    void cells_aborted(const protocol::TenantId& tenant, std::size_t cells) override;
    void interrupt_requested(const protocol::TenantId& tenant) override;
    void interrupt_done(const protocol::TenantId& tenant, std::chrono::nanoseconds took) override;
    void cache_looked_up(const protocol::TenantId& tenant, bool hit) override;
    void gil_waited(std::chrono::nanoseconds wait) override;
    void gil_held(std::chrono::nanoseconds held) override;

 private:
    const std::vector<tenants::Observer*> observers_;
};

}  // namespace corncob::server
