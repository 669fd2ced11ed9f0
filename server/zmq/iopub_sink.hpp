// A subscriber of one kernel: what it publishes goes to an endpoint's iopub socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/zmq/zmq_outbox.hpp"
#include "tenants/message_sink.hpp"
#include "tenants/session_kernels.hpp"

namespace corncob::server {

class ZmqEndpoint;

/// "{prefix}.{msg_type}", as the head of an outgoing message.
std::shared_ptr<const std::vector<std::string>> iopub_topic(const std::string& prefix, protocol::MsgType type);

/// The session that asked for what `reply` answers, or for what is published about the same request; empty: nobody.
std::string session_of_request(const protocol::Message& reply);

/// Thread-safe.
class IopubSink final : public tenants::MessageSink {
 public:
    struct Surroundings {
        std::shared_ptr<ZmqOutbox> outbox;
        std::string topic;                   ///< what the topics of its messages begin with
        std::function<bool()> is_heard;      ///< somebody is subscribed
        std::function<void()> kernel_ended;  ///< called with the kernel's lock held
    };
    explicit IopubSink(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

    /// What kernels of sessions publish, each under topics that begin with its session.
    static tenants::SinkOfSession of_sessions(ZmqEndpoint& endpoint);

    void deliver(protocol::wire::SharedMessage message) override;
    std::uint64_t confirmed() override { return 0; }  // ZMQ does not tell what has arrived, so nothing is replayed
    bool congested() const override { return surroundings_.outbox->congested(); }
    void kernel_ended() override { surroundings_.kernel_ended(); }
    std::size_t connections() const override { return surroundings_.is_heard() ? 1 : 0; }

 private:
    const Surroundings surroundings_;
};

}  // namespace corncob::server
