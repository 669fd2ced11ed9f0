// Who has asked an endpoint for something: where answers go.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/zmq/zmq_outbox.hpp"
#include "tenants/message_sink.hpp"

namespace corncob::server {

/// One client, known by the identities of its messages; its answers go to them, on the channel of the request.
class ZmqClient final : public tenants::MessageSink {
 public:
    ZmqClient(std::shared_ptr<ZmqOutbox> outbox, std::vector<std::string> identities);

    void deliver(protocol::wire::SharedMessage message) override;
    /// Never asked or told: it is not subscribed.
    std::uint64_t confirmed() override { return 0; }
    void kernel_ended() override {}

    /// Around a request that gets a reply: until then the client is not forgotten.
    void expect_reply() { ++awaited_; }
    void expect_no_reply() { --awaited_; }
    bool idle() const { return awaited_ == 0; }

 private:
    const std::shared_ptr<ZmqOutbox> outbox_;
    const std::shared_ptr<const std::vector<std::string>> identities_;
    std::atomic<int> awaited_{0};
};

/// ZMQ does not tell that a client has left. At most `clients_max` that wait for nothing are kept; of those, the one
/// that was quiet for longest is forgotten. Of one thread.
class ZmqClients {
 public:
    ZmqClients(std::shared_ptr<ZmqOutbox> outbox, std::size_t clients_max)
        : outbox_(std::move(outbox)), clients_max_(clients_max) {}

    std::shared_ptr<ZmqClient> of(const std::vector<std::string>& identities);
    std::size_t size() const { return by_identities_.size(); }

 private:
    struct Entry {
        std::string key;
        std::shared_ptr<ZmqClient> client;
    };
    void forget_quiet_ones();

    const std::shared_ptr<ZmqOutbox> outbox_;
    const std::size_t clients_max_;
    std::list<Entry> by_use_;  // the one heard last is in front
    std::unordered_map<std::string, std::list<Entry>::iterator> by_identities_;
};

}  // namespace corncob::server
