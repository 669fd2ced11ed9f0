// /api/kernelspecs and the kernelspecs' files.
#pragma once

#include "server/http/router.hpp"
#include "tenants/kernelspec.hpp"

namespace corncob::server {

/// Immutable, hence thread-safe. References outlive it.
class KernelspecsApi {
 public:
    KernelspecsApi(std::string base_url, const tenants::Kernelspecs& kernelspecs)
        : base_url_(std::move(base_url)), kernelspecs_(kernelspecs) {}
    void add_routes(Router& router);

 private:
    Response list() const;
    Response model(const RequestScope& scope) const;
    Response file(const RequestScope& scope) const;

    const std::string base_url_;
    const tenants::Kernelspecs& kernelspecs_;
};

}  // namespace corncob::server
