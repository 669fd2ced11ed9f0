// /api/kernels: start, list, look at, interrupt, restart, end.
#pragma once

#include "server/http/router.hpp"

namespace corncob::server {

/// Stateless; only the caller's tenant is ever looked at, so another tenant's kernel is a 404.
class KernelsApi {
 public:
    /// `list_kernels` false: the list is a 403.
    KernelsApi(std::string base_url, bool list_kernels) : base_url_(std::move(base_url)), list_kernels_(list_kernels) {}
    void add_routes(Router& router);

 private:
    Response list(RequestScope& scope) const;
    Response start(RequestScope& scope) const;
    Awaitable<Response> end(RequestScope& scope) const;
    Awaitable<Response> restart(RequestScope& scope) const;

    const std::string base_url_;
    const bool list_kernels_;
};

Response no_such_kernel(const std::string& kernel_id);

}  // namespace corncob::server
