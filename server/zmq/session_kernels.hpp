// The backend of a tenant's endpoint: every `header.session` is an emulated kernel of its own, made by its first
// message, shared by all clients of that session, and ended when nobody has used it for a while.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/log.hpp"
#include "server/zmq/iopub_sink.hpp"
#include "server/zmq/zmq_backend.hpp"
#include "server/zmq/zmq_reactor.hpp"
#include "tenants/message_factory.hpp"
#include "tenants/tenant.hpp"

namespace corncob::server {

inline constexpr std::size_t kSessionBytesMax = 128;  ///< of a header.session, which becomes a topic; beyond: refused

struct SessionKernelsSettings {
    std::chrono::milliseconds idle_timeout;  ///< of a session; 0: never
};

/// The number of sessions is bounded by the tenant's kernels_max: beyond, requests of new ones get an error reply.
/// Of the reactor's thread. Made as a shared_ptr; references outlive it.
class SessionKernels final : public ZmqBackend, public std::enable_shared_from_this<SessionKernels> {
 public:
    SessionKernels(tenants::Tenant& tenant, SessionKernelsSettings settings, const tenants::Clock& clock, Log& log,
                   ZmqReactor& reactor);

    const protocol::TenantId& tenant() const override { return tenant_.id(); }
    std::string name() const override { return "tenant=" + tenant_.id().str(); }
    void begin(ZmqEndpoint& endpoint) override;
    tenants::Result<void> submit(protocol::Message message, const std::shared_ptr<ZmqClient>& client) override;
    std::string topic_of(const protocol::Message& reply) const override;
    void review_backlog() override;
    void end() override;

    /// Ends the kernels of sessions that are idle: no cell runs, and nobody has asked for anything for idle_timeout.
    void end_idle();
    std::size_t sessions() const { return sessions_.size(); }

 private:
    struct Session {
        std::shared_ptr<tenants::Kernel> kernel;
        std::shared_ptr<IopubSink> iopub;
        tenants::Clock::Steady last_heard;
    };

    tenants::Result<Session*> session_of(const std::string& id);
    void refuse(const protocol::Message& request, const tenants::Failure& why,
                const std::shared_ptr<ZmqClient>& client);
    bool is_idle(const Session& session) const;
    void look_again_later();
    void forget(const std::string& id, const tenants::Kernel* kernel);

    tenants::Tenant& tenant_;
    const SessionKernelsSettings settings_;
    const tenants::Clock& clock_;
    Log& log_;
    ZmqReactor& reactor_;
    tenants::MessageFactory messages_;
    std::weak_ptr<ZmqEndpoint> endpoint_;
    std::unordered_map<std::string, Session> sessions_;
    std::optional<Timer> timer_;
};

}  // namespace corncob::server
