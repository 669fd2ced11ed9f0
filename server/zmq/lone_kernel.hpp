// The backend of an endpoint that is one kernel's: the sockets end with it. All clients share it, unless it is of mode
// multi: then every session has its own, and topics begin with the session.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/zmq/iopub_sink.hpp"
#include "server/zmq/zmq_backend.hpp"

namespace corncob::server {

class LoneKernel final : public ZmqBackend {
 public:
    explicit LoneKernel(std::shared_ptr<tenants::Kernel> kernel) : kernel_(std::move(kernel)) {}

    const protocol::TenantId& tenant() const override { return kernel_->tenant(); }
    std::string name() const override { return "tenant=" + kernel_->tenant().str() + " kernel=" + kernel_->id().str(); }
    void begin(ZmqEndpoint& endpoint) override;
    tenants::Result<void> submit(protocol::Message message, const std::shared_ptr<ZmqClient>& client) override {
        return kernel_->submit(std::move(message), client);
    }
    std::string topic_of(const protocol::Message& reply) const override;
    void review_backlog() override { kernel_->review_backlog(); }
    void end() override;

 private:
    std::string topic() const { return "kernel." + kernel_->id().str(); }

    const std::shared_ptr<tenants::Kernel> kernel_;
    std::shared_ptr<IopubSink> iopub_;
};

}  // namespace corncob::server
