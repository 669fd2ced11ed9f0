// What is behind the five sockets of an endpoint: one kernel, or one a session.
#pragma once

#include <memory>
#include <string>

#include "server/zmq/zmq_clients.hpp"
#include "tenants/kernel.hpp"

namespace corncob::server {

class ZmqEndpoint;

/// All methods are called on the reactor's thread.
class ZmqBackend {
 public:
    virtual ~ZmqBackend() = default;

    /// For counts, and for the log: whose it is.
    virtual const protocol::TenantId& tenant() const = 0;
    virtual std::string name() const = 0;

    /// The endpoint serves: kernels are to publish to it.
    virtual void begin(ZmqEndpoint& endpoint) = 0;
    /// Hands a client's message to its kernel. Replies go to `client`. Fails for what is not taken and gets no reply.
    virtual tenants::Result<void> submit(protocol::Message message, const std::shared_ptr<ZmqClient>& client) = 0;
    /// What the topics begin with of what is published about the request that a reply answers.
    virtual std::string topic_of(const protocol::Message& reply) const = 0;
    /// What has waited for slow clients may go on.
    virtual void review_backlog() = 0;
    /// The sockets are closed.
    virtual void end() = 0;
};

}  // namespace corncob::server
