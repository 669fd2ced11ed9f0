#include "server/zmq/zmq_clients.hpp"

#include <utility>

#include "protocol/msg_type.hpp"

namespace corncob::server {
namespace {

/// Distinct for distinct identities, whatever their bytes.
std::string key_of(const std::vector<std::string>& identities) {
    std::string key;
    for (const std::string& identity : identities) {
        key += std::to_string(identity.size());
        key += ':';
        key += identity;
    }
    return key;
}

}  // namespace

ZmqClient::ZmqClient(std::shared_ptr<ZmqOutbox> outbox, std::vector<std::string> identities)
    : outbox_(std::move(outbox)),
      identities_(std::make_shared<const std::vector<std::string>>(std::move(identities))) {}

void ZmqClient::deliver(protocol::wire::SharedMessage message) {
    const protocol::Channel channel = message->message().channel;
    const bool asks = message->message().header.msg_type == protocol::MsgType::input_request;
    outbox_->push({std::move(message), channel, identities_});
    if (!asks) expect_no_reply();
}

std::shared_ptr<ZmqClient> ZmqClients::of(const std::vector<std::string>& identities) {
    std::string key = key_of(identities);
    if (const auto found = by_identities_.find(key); found != by_identities_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, found->second);
        return by_use_.front().client;
    }
    forget_quiet_ones();
    by_use_.push_front({key, std::make_shared<ZmqClient>(outbox_, identities)});
    by_identities_.emplace(std::move(key), by_use_.begin());
    return by_use_.front().client;
}

/// Makes room for one. Those that wait for a reply are few: the kernel's queues are bounded.
void ZmqClients::forget_quiet_ones() {
    auto each = by_use_.end();
    while (by_use_.size() >= clients_max_ && each != by_use_.begin()) {
        --each;
        if (!each->client->idle()) continue;
        by_identities_.erase(each->key);
        each = by_use_.erase(each);
    }
}

}  // namespace corncob::server
