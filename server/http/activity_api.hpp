// /api/activity: what kernels do and use, as the status page shows it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/activity_history.hpp"
#include "server/http/router.hpp"
#include "server/server_state.hpp"
#include "server/side_thread.hpp"
#include "tenants/kernelspec.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// What it looks at. References outlive the API.
struct ActivitySources {
    tenants::TenantRegistry& tenants;
    const tenants::Kernelspecs& kernelspecs;
    const ServerState& state;
    const ActivityHistory& history;
    std::string isolation;  ///< the level in force
    bool list_kernels;      ///< false: nobody but an admin is told which kernels there are
    /// The connection file of a tenant's own endpoint; empty: it has none. Called on IO threads.
    std::function<std::string(const protocol::TenantId&)> connection_file_of;
};

/// Thread-safe. Answers are made on a thread of its own: there may be thousands of kernels, and the system is asked.
/// Nothing here waits for the GIL.
class ActivityApi {
 public:
    explicit ActivityApi(ActivitySources sources) : sources_(std::move(sources)) {}
    void add_routes(Router& router);

 private:
    struct Subject {
        tenants::Tenant* tenant;
        std::string connection_file;
    };
    struct Question {
        Principal principal;
        std::vector<Subject> subjects;
        bool as_admin;
        bool with_history;
    };
    Awaitable<Response> of_caller(RequestScope& scope);
    Awaitable<Response> of_all(RequestScope& scope);
    Awaitable<Response> answer(Question question);
    std::string body(const Question& question) const;
    nlohmann::json tenant(const Subject& subject, bool with_kernels) const;

    const ActivitySources sources_;
    SideThread side_;
};

}  // namespace corncob::server
