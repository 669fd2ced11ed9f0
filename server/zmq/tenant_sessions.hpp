// The backend of a tenant's endpoint: every `header.session` is an emulated kernel of its own, which ends when nobody
// has used it for a while.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/log.hpp"
#include "server/zmq/iopub_sink.hpp"
#include "server/zmq/zmq_backend.hpp"
#include "server/zmq/zmq_reactor.hpp"
#include "tenants/session_kernels.hpp"
#include "tenants/tenant.hpp"

namespace corncob::server {

struct TenantSessionsSettings {
    std::chrono::milliseconds idle_timeout;  ///< of a session; 0: never
};

/// Of the reactor's thread. Made as a shared_ptr; references outlive it.
class TenantSessions final : public ZmqBackend, public std::enable_shared_from_this<TenantSessions> {
 public:
    TenantSessions(tenants::Tenant& tenant, TenantSessionsSettings settings, const tenants::Clock& clock, Log& log,
                   ZmqReactor& reactor);

    const protocol::TenantId& tenant() const override { return tenant_.id(); }
    std::string name() const override { return "tenant=" + tenant_.id().str(); }
    void begin(ZmqEndpoint& endpoint) override;
    tenants::Result<void> submit(protocol::Message message, const std::shared_ptr<ZmqClient>& client) override {
        return sessions_.submit(std::move(message), client);
    }
    std::string topic_of(const protocol::Message& reply) const override;
    void review_backlog() override;
    void end() override;

    /// Ends the kernels of sessions that are idle: no cell runs, and nobody has asked for anything for idle_timeout.
    void end_idle();
    std::size_t sessions() const { return sessions_.living().size(); }

 private:
    void look_again_later();

    tenants::Tenant& tenant_;
    const TenantSessionsSettings settings_;
    Log& log_;
    ZmqReactor& reactor_;
    tenants::SessionKernels sessions_;
    std::optional<Timer> timer_;
};

}  // namespace corncob::server
