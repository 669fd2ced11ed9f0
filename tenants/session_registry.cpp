#include "tenants/session_registry.hpp"

#include <algorithm>
#include <utility>

#include "protocol/uuid.hpp"

namespace corncob::tenants {

using protocol::rest::SessionModel;

std::optional<SessionModel> SessionRegistry::model_of(const Session& session) const {
    const auto kernel = kernels_.find(session.kernel_id);
    if (!kernel) return std::nullopt;
    return SessionModel{session.id, session.path, session.name, session.type, kernel->model()};
}

void SessionRegistry::drop_dead() {
    std::erase_if(sessions_, [this](const Session& session) { return !kernels_.find(session.kernel_id); });
}

Result<SessionRegistry::Created> SessionRegistry::create(CreateSession request) {
    const std::lock_guard lock(mutex_);
    drop_dead();
    for (const Session& session : sessions_) {
        if (session.path != request.path) continue;
        if (auto model = model_of(session)) return Created{std::move(*model), true};
    }
    auto unit = limit_.take();
    if (!unit) return unit.error();
    protocol::KernelId kernel_id;
    if (request.kernel_id) {
        kernel_id = *request.kernel_id;
        if (!kernels_.find(kernel_id)) return Failure{Errc::no_such_kernel, "No such kernel: " + kernel_id.str()};
    } else {
        auto kernel = kernels_.start({request.kernel_name, std::nullopt, {}, {}});
        if (!kernel) return kernel.error();
        kernel_id = (*kernel)->id();
    }
    sessions_.push_back({protocol::SessionId(protocol::make_uuid()), std::move(request.path), std::move(request.name),
                         std::move(request.type), kernel_id, std::move(*unit)});
    auto model = model_of(sessions_.back());
    if (!model) return Failure{Errc::no_such_kernel, "Kernel ended while its session was made: " + kernel_id.str()};
    return Created{std::move(*model), false};
}

std::optional<SessionModel> SessionRegistry::find(const protocol::SessionId& id) {
    const std::lock_guard lock(mutex_);
    drop_dead();
    for (const Session& session : sessions_) {
        if (session.id == id) return model_of(session);
    }
    return std::nullopt;
}

std::vector<SessionModel> SessionRegistry::list() {
    const std::lock_guard lock(mutex_);
    drop_dead();
    std::vector<SessionModel> models;
    for (const Session& session : sessions_) {
        if (auto model = model_of(session)) models.push_back(std::move(*model));
    }
    return models;
}

std::size_t SessionRegistry::count() {
    const std::lock_guard lock(mutex_);
    drop_dead();
    return sessions_.size();
}

Result<SessionModel> SessionRegistry::patch(const protocol::SessionId& id, PatchSession request) {
    const std::lock_guard lock(mutex_);
    drop_dead();
    const auto session = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.id == id; });
    if (session == sessions_.end()) return Failure{Errc::no_such_session, "Session does not exist: " + id.str()};
    protocol::KernelId kernel_id = session->kernel_id;
    if (request.kernel_id) {
        kernel_id = *request.kernel_id;
        if (!kernels_.find(kernel_id)) return Failure{Errc::no_such_kernel, "No such kernel: " + kernel_id.str()};
    } else if (request.kernel_name) {
        auto kernel = kernels_.start({request.kernel_name, std::nullopt, {}, {}});
        if (!kernel) return kernel.error();
        kernel_id = (*kernel)->id();
    }
    if (request.path) session->path = std::move(*request.path);
    if (request.name) session->name = std::move(*request.name);
    if (request.type) session->type = std::move(*request.type);
    if (const auto old = std::exchange(session->kernel_id, kernel_id); old != kernel_id) {
        kernels_.shutdown(old, [] {});
    }
    auto model = model_of(*session);
    if (!model) return Failure{Errc::no_such_kernel, "Kernel ended meanwhile: " + kernel_id.str()};
    return std::move(*model);
}

SessionRegistry::Removed SessionRegistry::remove(const protocol::SessionId& id, Kernel::Done done) {
    protocol::KernelId kernel_id;
    {
        const std::lock_guard lock(mutex_);
        const auto session =
            std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.id == id; });
        if (session == sessions_.end()) return Removed::no_such_session;
        kernel_id = session->kernel_id;
        sessions_.erase(session);
    }
    // Without the lock: `done` may be called from within, and ask for sessions.
    return kernels_.shutdown(kernel_id, std::move(done)) ? Removed::yes : Removed::kernel_was_gone;
}

}  // namespace corncob::tenants
