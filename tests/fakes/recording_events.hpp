// HostEvents that remembers what a host told, and lets a test wait for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tenants/host.hpp"
#include "tests/fakes/gate.hpp"

namespace corncob::tests {

/// Thread-safe.
class RecordingEvents final : public tenants::HostEvents {
 public:
    struct Event {
        enum class Kind { output, reply, input_request, modes, ended } kind{};
        std::string msg_id{};  ///< of the request it belongs to; empty: none
        protocol::MsgType msg_type{};
        nlohmann::json content{};
        bool failed = false;
        tenants::EndReason reason{};
        std::string detail{};
    };
    using Kind = Event::Kind;

    void on_ready() override {
        const std::lock_guard lock(mutex_);
        ++readies_;
    }
    void on_output(const tenants::SharedRequest& parent, tenants::Output output) override {
        Event event{Kind::output, id_of(parent), output.msg_type};
        event.content = nlohmann::json::parse(output.content_json);
        note(std::move(event));
    }
    void on_reply(const tenants::SharedRequest& request, tenants::Reply reply) override {
        Event event{Kind::reply, id_of(request)};
        event.content = nlohmann::json::parse(reply.content_json);
        event.failed = reply.failed;
        note(std::move(event));
    }
    void on_input_request(const tenants::SharedRequest& parent, std::string content_json) override {
        Event event{Kind::input_request, id_of(parent)};
        event.content = nlohmann::json::parse(content_json);
        note(std::move(event));
    }
    void on_modes(const tenants::SharedRequest& caller, tenants::CellModes modes) override {
        Event event{Kind::modes, id_of(caller)};
        event.content = {{"cache", modes.cache}, {"concurrent", modes.concurrent}, {"react", modes.react}};
        note(std::move(event));
    }
    void on_ended(tenants::EndReason reason, std::string detail) override {
        Event event{Kind::ended};
        event.reason = reason;
        event.detail = std::move(detail);
        note(std::move(event));
    }

    std::size_t readies() const {
        const std::lock_guard lock(mutex_);
        return readies_;
    }
    std::vector<Event> all() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }
    /// The first event for which `wanted` is true; nothing within the deadline.
    std::optional<Event> wait_for(const std::function<bool(const Event&)>& wanted) const {
        std::unique_lock lock(mutex_);
        std::optional<Event> found;
        changed_.wait_for(lock, kDeadline, [&] {
            for (const Event& each : events_) {
                if (wanted(each)) {
                    found = each;
                    return true;
                }
            }
            return false;
        });
        return found;
    }
    std::optional<Event> wait_reply(const std::string& msg_id) const {
        return wait_for([&](const Event& each) { return each.kind == Kind::reply && each.msg_id == msg_id; });
    }
    std::optional<Event> wait_ended() const {
        return wait_for([](const Event& each) { return each.kind == Kind::ended; });
    }
    /// What the streams of one request carry, put together.
    std::string text(const std::string& msg_id) const {
        std::string text;
        for (const Event& each : all()) {
            if (each.kind == Kind::output && each.msg_id == msg_id && each.msg_type == protocol::MsgType::stream) {
                text += each.content["text"].get<std::string>();
            }
        }
        return text;
    }

 private:
    static std::string id_of(const tenants::SharedRequest& request) {
        return request ? request->message.header.msg_id.str() : std::string();
    }
    void note(Event event) {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
        changed_.notify_all();
    }

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<Event> events_;
    std::size_t readies_ = 0;
};

}  // namespace corncob::tests
