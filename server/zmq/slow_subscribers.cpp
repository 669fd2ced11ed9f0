#include "server/zmq/slow_subscribers.hpp"

#include <utility>

namespace corncob::server {
namespace {

/// "kernel.{id}" of "kernel.{id}.stream".
std::string topic_of(const ZmqOutgoing& message) {
    const std::string& topic = message.head->front();
    return topic.substr(0, topic.rfind('.'));
}

}  // namespace

bool SlowSubscribers::send(const ZmqOutgoing& message, Time now) {
    if (lags_.empty() && socket_.to_all(message)) return true;  // as a rule
    const std::string topic = topic_of(message);
    if (!held_.contains(topic) && send_slowly(topic, message, now)) return true;
    held_.insert(topic);
    return false;
}

/// Topics of which nothing waits any more have caught up once there is room for the news of what is missing.
void SlowSubscribers::end_round() {
    std::erase_if(lags_, [this](const auto& each) { return !held_.contains(each.first) && tell(each.second); });
    held_.clear();
}

bool SlowSubscribers::send_slowly(const std::string& topic, const ZmqOutgoing& message, Time now) {
    const auto found = lags_.find(topic);
    const bool caught_up = found == lags_.end() || tell(found->second);
    if (caught_up && socket_.to_all(message)) {
        if (found != lags_.end()) lags_.erase(found);
        return true;
    }
    if (found != lags_.end() && caught_up && found->second.missed > 0) found->second = Lag{now, 0, {}};
    Lag& lag = lags_.try_emplace(topic, Lag{now, 0, {}}).first->second;
    if (now - lag.since < patience_) return false;
    if (lag.missed++ == 0) socket_.lost_patience(topic);
    lag.last = message;
    socket_.to_those_with_room(message);
    return true;
}

/// True: nothing is missing, or whoever misses something has been told.
bool SlowSubscribers::tell(const Lag& lag) const {
    if (lag.missed == 0) return true;
    return socket_.to_all(socket_.notice(lag.missed, lag.last));
}

}  // namespace corncob::server
