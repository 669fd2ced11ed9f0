// /api/admin: what no tenant's own routes show, for who has the right `admin`.
#pragma once

#include <functional>
#include <memory>

#include "server/http/router.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// The only handlers that look into more than one tenant. Thread-safe, as the registry is.
class AdminApi {
 public:
    /// `drain` begins what SIGTERM begins; any thread.
    AdminApi(tenants::TenantRegistry& tenants, std::function<void()> drain)
        : tenants_(tenants), drain_(std::move(drain)) {}
    void add_routes(Router& router);

 private:
    Response tenants() const;
    Response kernels() const;
    Response interrupt(const RequestScope& scope) const;
    Awaitable<Response> restart(RequestScope& scope) const;
    Awaitable<Response> end_kernel(RequestScope& scope) const;
    /// That of the path; null: there is none.
    tenants::Tenant* tenant_of(const RequestScope& scope) const;
    std::shared_ptr<tenants::Kernel> kernel_of(const RequestScope& scope) const;

    tenants::TenantRegistry& tenants_;
    const std::function<void()> drain_;
};

}  // namespace corncob::server
