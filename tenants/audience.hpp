// Who hears a kernel: its connected clients, and those that dropped and may come back for what they missed.
//
// Every message has a position (protocol/wire/encoded_message.hpp). A client's position is the newest message that has
// certainly reached it; what is newer stays in the ring until every client has got it. So a kernel whose clients all
// read keeps nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tenants/message_factory.hpp"
#include "tenants/message_sink.hpp"
#include "tenants/replay_ring.hpp"

namespace corncob::tenants {

/// By what a client is known when it comes back. An empty session_id: it is not remembered.
struct ClientId {
    std::string principal;   ///< name of the principal, within the kernel's tenant
    std::string session_id;  ///< of the connection: `?session_id=`
};

inline constexpr std::size_t kDroppedClientsMax = 8;  ///< remembered; beyond: who dropped first is forgotten

/// Not thread-safe: guarded by its kernel's mutex.
class Audience {
 public:
    /// Gets how many messages more a client will certainly never get. Called from within the methods below.
    using Lost = std::function<void(std::size_t)>;

    /// `replay_bytes_max` 0: nobody is remembered. `messages` outlives it.
    Audience(MessageFactory& messages, std::size_t replay_bytes_max, Lost lost)
        : messages_(messages), ring_(replay_bytes_max), lost_(std::move(lost)) {}

    /// From now on `sink` hears all that is published. First it is given what `id` has missed: a session that comes
    /// back takes its own position, also from a connection that is still open. A session that is new takes over that
    /// of the connection which its principal dropped last, unless another has done so. Everyone else begins now.
    void join(const std::shared_ptr<MessageSink>& sink, ClientId id);
    /// The client is remembered, with what it has confirmed.
    void leave(const MessageSink* sink);

    /// Of the client behind a connection; 0: unknown.
    ClientNumber number_of(const MessageSink* sink) const;
    std::size_t connected() const;
    /// Some connected client does not keep up (message_sink.hpp).
    bool congested() const;
    /// Somebody hears or remembers what is published.
    bool listening() const { return !clients_.empty(); }

    /// To all. `asker`: whose request it belongs to.
    void publish(const protocol::wire::SharedMessage& message, ClientNumber asker);
    /// To one: the client, wherever it is connected now, or if it is unknown to `origin`.
    void answer(const protocol::wire::SharedMessage& message, ClientNumber client,
                const std::weak_ptr<MessageSink>& origin);

    /// Lets go of what all clients have got.
    void release_confirmed();
    /// What was missed so far has become meaningless.
    void forget_messages();
    /// Nobody hears anything any more: kernel_ended() to all.
    void end();

    /// Of the messages that are kept.
    std::size_t kept_bytes() const { return ring_.bytes(); }

 private:
    /// Messages that had to be evicted before a client got them.
    struct Missing {
        std::size_t messages = 0;
        std::size_t told = 0;  // of them, as lost
        std::size_t bytes = 0;
        std::string parent_header_json;  // of the first of them
        std::uint64_t until = 0;         // position of the last of them
    };
    struct Client {
        ClientNumber number = 0;
        ClientId id;
        std::shared_ptr<MessageSink> sink;  // null: dropped
        std::uint64_t position = 0;
        bool up_for_takeover = false;  // dropped last of its principal, and nobody's since
        Missing missing;
    };

    Client& place_for(ClientId id);
    void remember(ReplayRing::Entry entry);
    void evict();
    void tell_lost(Client& client);
    void replay(Client& client);
    protocol::wire::SharedMessage notice_of(const Client& client);
    bool needs(const Client& client, const ReplayRing::Entry& entry) const;
    bool needed(const ReplayRing::Entry& entry) const;
    void ask_positions();
    static void confirm(Client& client);

    MessageFactory& messages_;
    ReplayRing ring_;
    const Lost lost_;
    std::vector<Client> clients_;  // the dropped ones in the order in which they dropped
    ClientNumber next_number_ = 1;
    std::uint64_t last_position_ = 0;
    std::size_t added_bytes_ = 0;  // since the ring was compacted
};

}  // namespace corncob::tenants
