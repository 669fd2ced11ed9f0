// /api/sessions: which notebook runs on which kernel.
#pragma once

#include "server/http/router.hpp"

namespace corncob::server {

/// Stateless; only the caller's tenant is ever looked at.
class SessionsApi {
 public:
    SessionsApi(std::string base_url, bool list_kernels)
        : base_url_(std::move(base_url)), list_kernels_(list_kernels) {}
    void add_routes(Router& router);

 private:
    Response list(RequestScope& scope) const;
    Response create(RequestScope& scope) const;
    Awaitable<Response> remove(RequestScope& scope) const;

    const std::string base_url_;
    const bool list_kernels_;
};

}  // namespace corncob::server
