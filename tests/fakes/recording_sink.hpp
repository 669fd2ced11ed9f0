// A MessageSink that remembers what it was given and lets a test wait for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tenants/message_sink.hpp"

namespace corncob::tests {

/// Thread-safe.
class RecordingSink final : public tenants::MessageSink {
 public:
    struct Seen {
        protocol::Channel channel;
        protocol::MsgType type;
        std::string parent_msg_id;  ///< empty: no parent
        nlohmann::json content;
        nlohmann::json metadata;
        std::vector<std::string> buffers;
        std::string msg_id;  ///< its own
        std::uint64_t position;
    };

    void deliver(protocol::wire::SharedMessage shared) override {
        const protocol::Message& message = shared->message();
        const auto parent = nlohmann::json::parse(message.parent_header_json);
        const std::lock_guard lock(mutex_);
        seen_.push_back({message.channel, message.header.msg_type, parent.value("msg_id", ""),
                         nlohmann::json::parse(message.content_json), nlohmann::json::parse(message.metadata_json),
                         message.buffers, message.header.msg_id.str(), shared->position()});
        changed_.notify_all();
    }
    /// All that was delivered, unless a test says that its client has got less.
    std::uint64_t confirmed() override {
        const std::lock_guard lock(mutex_);
        return seen_.empty() ? 0 : std::min<std::uint64_t>(confirms_up_to, seen_.back().position);
    }
    std::atomic<std::uint64_t> confirms_up_to{std::numeric_limits<std::uint64_t>::max()};

    bool congested() const override { return congested_; }
    void set_congested(bool congested) { congested_ = congested; }
    void kernel_ended() override {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    std::vector<Seen> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    bool ended() const {
        const std::lock_guard lock(mutex_);
        return ended_;
    }

    /// The first message for which `wanted` is true; nothing after `deadline`.
    std::optional<Seen> wait_for(const std::function<bool(const Seen&)>& wanted,
                                 std::chrono::milliseconds deadline = std::chrono::seconds(20)) const {
        std::unique_lock lock(mutex_);
        std::optional<Seen> found;
        changed_.wait_for(lock, deadline, [&] {
            for (const Seen& each : seen_) {
                if (wanted(each)) {
                    found = each;
                    return true;
                }
            }
            return false;
        });
        return found;
    }
    std::optional<Seen> wait_for(protocol::MsgType type, const std::string& parent_msg_id) const {
        return wait_for([&](const Seen& each) { return each.type == type && each.parent_msg_id == parent_msg_id; });
    }
    /// The idle status of a request: all that it caused directly is here.
    bool wait_idle(const std::string& parent_msg_id) const {
        return wait_for([&](const Seen& each) {
                   return each.type == protocol::MsgType::status && each.parent_msg_id == parent_msg_id &&
                          each.content["execution_state"] == "idle";
               })
            .has_value();
    }
    bool wait_ended(std::chrono::milliseconds deadline = std::chrono::seconds(20)) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, deadline, [this] { return ended_; });
    }

    std::size_t connections() const override { return clients; }

    std::size_t clients = 1;  ///< that it stands for; set before it is subscribed

 private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<Seen> seen_;
    bool ended_ = false;
    std::atomic<bool> congested_{false};
};

}  // namespace corncob::tests
