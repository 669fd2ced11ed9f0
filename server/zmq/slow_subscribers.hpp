// What becomes of messages for which a subscriber has no room: its topic waits, like output over WebSocket, and after a
// while the subscriber goes without them and is told so.
//
// ZMQ says that some subscriber has no room, not which. One that has missed a message gets none, silently, until it has
// read what it has, and ZMQ does not say when that is: so it is told again and again, at ever longer intervals, each
// time before the topic's next message.
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

inline constexpr std::chrono::milliseconds kFirstReminder{
    250};                                              ///< after a message was missed; then twice as long, ...
inline constexpr std::chrono::hours kLastReminder{1};  ///< ... up to this
inline constexpr std::size_t kReminders = 1000;        ///< topics; beyond, some are not told again

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
        /// What tells those who have missed something, at last `last`.
        std::function<ZmqOutgoing(const ZmqOutgoing& last)> notice;
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
    /// Something waits for another round.
    bool any() const { return !waiting_since_.empty(); }

 private:
    struct Reminder {
        ZmqOutgoing last;  // of what was missed
        Time next;
        std::chrono::milliseconds interval{kFirstReminder};
    };
    void remind(const std::string& topic, Time now);
    bool send_or_lose(const std::string& topic, const ZmqOutgoing& message, Time now);

    const Socket socket_;
    std::chrono::milliseconds patience_;
    std::map<std::string, Time> waiting_since_;
    std::set<std::string> held_;  // topics that wait, of this round
    std::map<std::string, Reminder> reminders_;
};

}  // namespace corncob::server
