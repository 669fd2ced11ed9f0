// What becomes of messages for which a subscriber has no room: its topic waits, like output over WebSocket, and after a
// while the subscriber goes without them and is told so.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "server/zmq/zmq_outbox.hpp"

namespace corncob::server {

/// Round by round: whatever is there to be sent. A topic is what a message's topic begins with: a kernel, or a session.
/// Of one thread. Bounded by the topics there are.
class SlowSubscribers {
 public:
    using Time = std::chrono::steady_clock::time_point;
    /// Sends to all subscribers; false: one has no room, and nothing was sent.
    using Send = std::function<bool(const ZmqOutgoing&)>;
    struct Socket {
        Send to_all;
        std::function<void(const ZmqOutgoing&)> to_those_with_room;
        /// What tells those who have missed `count` messages, the newest of them `last`.
        std::function<ZmqOutgoing(std::size_t count, const ZmqOutgoing& last)> notice;
        /// Some subscriber of `topic` goes without messages from now on.
        std::function<void(const std::string& topic)> lost_patience;
    };

    SlowSubscribers(Socket socket, std::chrono::milliseconds patience)
        : socket_(std::move(socket)), patience_(patience) {}

    /// In the messages' order. False: it has to wait for another round, and so do all of its topic behind it.
    bool send(const ZmqOutgoing& message, Time now);
    /// After every round.
    void end_round();
    /// From now on nothing waits.
    void hurry() { patience_ = std::chrono::milliseconds(0); }
    /// There is reason for another round soon, be it with nothing to send.
    bool any() const { return !lags_.empty(); }

 private:
    struct Lag {
        Time since;
        std::size_t missed = 0;
        ZmqOutgoing last;  // of what was missed
    };
    bool send_slowly(const std::string& topic, const ZmqOutgoing& message, Time now);
    bool tell(const Lag& lag) const;

    const Socket socket_;
    std::chrono::milliseconds patience_;
    std::map<std::string, Lag> lags_;
    std::set<std::string> held_;  // topics that wait, of this round
};

}  // namespace corncob::server
