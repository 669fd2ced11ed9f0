#include "tenants/audience.hpp"

#include <algorithm>
#include <utility>

#include "protocol/json_text.hpp"

namespace corncob::tenants {

using protocol::Channel;
using protocol::MsgType;
using protocol::wire::EncodedMessage;
using protocol::wire::SharedMessage;

namespace {

constexpr std::size_t kLookShare = 8;  // with an eighth of the bound kept, clients are asked for their positions

/// The two states that come and go with every request; others tell of the kernel itself.
bool is_busy_or_idle(const protocol::Message& message) {
    return message.header.msg_type == MsgType::status && (message.content_json == R"({"execution_state":"busy"})" ||
                                                          message.content_json == R"({"execution_state":"idle"})");
}

}  // namespace

Audience::Client& Audience::place_for(ClientId id) {
    if (!id.session_id.empty()) {
        for (Client& each : clients_) {
            if (each.id.session_id == id.session_id && each.id.principal == id.principal) return each;
        }
        for (Client& each : clients_) {
            if (!each.up_for_takeover || each.id.principal != id.principal) continue;
            each.id = std::move(id);
            return each;
        }
    }
    Client& fresh = clients_.emplace_back();
    fresh.number = next_number_++;
    fresh.id = std::move(id);
    fresh.position = last_position_;
    return fresh;
}

void Audience::join(const std::shared_ptr<MessageSink>& sink, ClientId id) {
    Client& client = place_for(std::move(id));
    if (client.sink) confirm(client);
    tell_lost(client);
    client.sink = sink;
    client.up_for_takeover = false;
    replay(client);
}

void Audience::leave(const MessageSink* sink) {
    const auto left =
        std::find_if(clients_.begin(), clients_.end(), [&](const auto& c) { return c.sink.get() == sink; });
    if (left == clients_.end()) return;
    if (left->id.session_id.empty() || ring_.bytes_max() == 0) {
        clients_.erase(left);
    } else {
        confirm(*left);
        tell_lost(*left);
        left->sink = nullptr;
        for (Client& each : clients_) {
            if (each.id.principal == left->id.principal) each.up_for_takeover = false;
        }
        left->up_for_takeover = true;
        std::rotate(left, left + 1, clients_.end());
        const auto dropped = [](const Client& each) { return !each.sink; };
        if (static_cast<std::size_t>(std::count_if(clients_.begin(), clients_.end(), dropped)) > kDroppedClientsMax) {
            clients_.erase(std::find_if(clients_.begin(), clients_.end(), dropped));
        }
    }
    release_confirmed();
}

ClientNumber Audience::number_of(const MessageSink* sink) const {
    for (const Client& each : clients_) {
        if (each.sink.get() == sink) return each.number;
    }
    return 0;
}

std::size_t Audience::connected() const {
    std::size_t connections = 0;
    for (const Client& each : clients_) connections += each.sink ? each.sink->connections() : 0;
    return connections;
}

bool Audience::congested() const {
    return std::any_of(clients_.begin(), clients_.end(),
                       [](const Client& each) { return each.sink && each.sink->congested(); });
}

void Audience::publish(const SharedMessage& message, ClientNumber asker) {
    last_position_ = message->position();
    remember({message, asker, false, is_busy_or_idle(message->message())});
    for (const Client& each : clients_) {
        if (each.sink) each.sink->deliver(message);
    }
}

void Audience::answer(const SharedMessage& message, ClientNumber client, const std::weak_ptr<MessageSink>& origin) {
    last_position_ = message->position();
    const auto known = std::find_if(clients_.begin(), clients_.end(),
                                    [client](const Client& each) { return client != 0 && each.number == client; });
    if (known == clients_.end()) {
        if (const auto sink = origin.lock()) sink->deliver(message);
        return;
    }
    const auto sink = known->sink;
    remember({message, client, true, false});
    if (sink) sink->deliver(message);
}

void Audience::remember(ReplayRing::Entry entry) {
    if (!needed(entry)) return;
    added_bytes_ += entry.bytes();
    ring_.add(std::move(entry));
    if (ring_.bytes() > ring_.bytes_max() / kLookShare) release_confirmed();
    if (!ring_.over()) return;
    if (added_bytes_ > ring_.bytes_max() / kLookShare) {
        added_bytes_ = 0;
        ring_.compact([this](const auto& each) { return needed(each); });
    }
    while (ring_.over()) evict();
    for (Client& each : clients_) {
        if (!each.sink) tell_lost(each);
    }
}

/// While a client is connected, what was evicted may still be on its way to it.
void Audience::tell_lost(Client& client) {
    Missing& missing = client.missing;
    if (missing.messages > missing.told) lost_(missing.messages - missing.told);
    missing.told = missing.messages;
}

void Audience::evict() {
    const auto entry = ring_.evict();
    for (Client& client : clients_) {
        if (!needs(client, *entry)) continue;
        Missing& missing = client.missing;
        if (missing.messages++ == 0) missing.parent_header_json = entry->message->message().parent_header_json;
        missing.bytes += entry->message->message().size_bytes();
        missing.until = std::max(missing.until, entry->position());
    }
}

/// What `client` would have to be given if it came back now. Of busy and idle, those of its own requests, in pairs as
/// they were, and the last one.
bool Audience::needs(const Client& client, const ReplayRing::Entry& entry) const {
    if (client.id.session_id.empty() || entry.position() <= client.position) return false;
    if (entry.answer) return entry.client == client.number;
    return !entry.status || entry.client == client.number || entry.position() >= ring_.last_status();
}

bool Audience::needed(const ReplayRing::Entry& entry) const {
    if (ring_.bytes_max() == 0) return false;
    return std::any_of(clients_.begin(), clients_.end(), [&](const Client& each) { return needs(each, entry); });
}

void Audience::replay(Client& client) {
    if (client.missing.messages > 0) client.sink->deliver(notice_of(client));
    for (const ReplayRing::Entry& each : ring_.after(client.position)) {
        if (needs(client, each)) client.sink->deliver(each.message);
    }
}

/// In the place of what is missing: front ends show it with the output of the cell that lost it.
SharedMessage Audience::notice_of(const Client& client) {
    const Missing& missing = client.missing;
    std::string text = "[corncob] " + std::to_string(missing.messages) + " messages (" + std::to_string(missing.bytes) +
                       " bytes) that came while this client was disconnected are missing here: "
                       "kernels.replay_bytes_max is " +
                       std::to_string(ring_.bytes_max()) + "\n";
    std::string content = R"({"name":"stderr","text":)";
    protocol::append_json_string(content, text);
    content += '}';
    const auto made = messages_.make(Channel::iopub, MsgType::stream, missing.parent_header_json, std::move(content));
    // At the client's position: what follows is older than a message that is made now.
    return std::make_shared<const EncodedMessage>(made->message(), client.position);
}

void Audience::confirm(Client& client) {
    client.position = std::max(client.position, client.sink->confirmed());
    if (client.position >= client.missing.until) client.missing = {};
}

void Audience::ask_positions() {
    for (Client& each : clients_) {
        if (each.sink) confirm(each);
    }
}

void Audience::release_confirmed() {
    if (ring_.bytes() == 0) return;
    ask_positions();
    ring_.trim([this](const auto& entry) { return needed(entry); });
}

void Audience::forget_messages() {
    ring_.clear();
    for (Client& each : clients_) each.missing = {};
}

void Audience::end() {
    for (const Client& each : std::exchange(clients_, {})) {
        if (each.sink) each.sink->kernel_ended();
    }
    ring_.clear();
}

}  // namespace corncob::tenants
