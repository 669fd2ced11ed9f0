// The entries of /api/sessions of one tenant: a notebook's path and the kernel it runs on.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "protocol/rest/models.hpp"
#include "tenants/kernel_registry.hpp"

namespace corncob::tenants {

struct CreateSession {
    std::string path;
    std::string name;
    std::string type;
    std::optional<std::string> kernel_name;
    std::optional<protocol::KernelId> kernel_id;  ///< an existing kernel to use
};

struct PatchSession {
    std::optional<std::string> path;
    std::optional<std::string> name;
    std::optional<std::string> type;
    std::optional<std::string> kernel_name;       ///< start a new kernel of this kernelspec
    std::optional<protocol::KernelId> kernel_id;  ///< or move to this one
};

/// Thread-safe. A session whose kernel has gone is dropped when it is next looked at, as jupyter_server does.
class SessionRegistry {
 public:
    /// `limit` is of sessions_max; both outlive it.
    SessionRegistry(KernelRegistry& kernels, Limit& limit) : kernels_(kernels), limit_(limit) {}

    struct Created {
        protocol::rest::SessionModel model;
        bool existed = false;  ///< there was a session for this path already
    };
    Result<Created> create(CreateSession request);
    std::optional<protocol::rest::SessionModel> find(const protocol::SessionId& id);
    std::vector<protocol::rest::SessionModel> list();
    std::size_t count();
    /// The old kernel is shut down if the session moves to another one.
    Result<protocol::rest::SessionModel> patch(const protocol::SessionId& id, PatchSession request);

    enum class Removed { yes, no_such_session, kernel_was_gone };
    /// Shuts the session's kernel down; `done` as in KernelRegistry::shutdown, only for Removed::yes.
    Removed remove(const protocol::SessionId& id, Kernel::Done done);

 private:
    struct Session {
        protocol::SessionId id;
        std::string path;
        std::string name;
        std::string type;
        protocol::KernelId kernel_id;
        QuotaUnit unit;  // of sessions_max
    };
    std::optional<protocol::rest::SessionModel> model_of(const Session& session) const;
    void drop_dead();

    KernelRegistry& kernels_;
    Limit& limit_;
    std::mutex mutex_;
    std::vector<Session> sessions_;
};

}  // namespace corncob::tenants
