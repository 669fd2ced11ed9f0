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
    if (waiting_since_.empty() && reminders_.empty() && socket_.to_all(message)) return true;  // as a rule
    const std::string topic = topic_of(message);
    if (!held_.contains(topic) && send_or_lose(topic, message, now)) return true;
    held_.insert(topic);
    return false;
}

/// Topics of which nothing waits any more have caught up.
void SlowSubscribers::end_round() {
    std::erase_if(waiting_since_, [this](const auto& each) { return !held_.contains(each.first); });
    held_.clear();
}

bool SlowSubscribers::send_or_lose(const std::string& topic, const ZmqOutgoing& message, Time now) {
    remind(topic, now);
    if (socket_.to_all(message)) {
        waiting_since_.erase(topic);
        return true;
    }
    const Time since = waiting_since_.try_emplace(topic, now).first->second;
    if (now - since < patience_) return false;
    waiting_since_.erase(topic);
    socket_.lost_patience(topic);
    socket_.to_those_with_room(message);
    if (reminders_.size() < kReminders) reminders_.insert_or_assign(topic, Reminder{message, now + kFirstReminder});
    return true;
}

void SlowSubscribers::remind(const std::string& topic, Time now) {
    const auto found = reminders_.find(topic);
    if (found == reminders_.end() || now < found->second.next) return;
    Reminder& reminder = found->second;
    if (!socket_.to_all(socket_.notice(reminder.last))) return;
    reminder.interval *= 2;
    reminder.next = now + reminder.interval;
    if (reminder.interval > kLastReminder) reminders_.erase(found);
}

}  // namespace corncob::server
