#include "tenants/output_buffer.hpp"

#include <utility>

#include "protocol/json_text.hpp"

namespace corncob::tenants {

OutputBuffer::OutputBuffer(std::shared_ptr<HostEvents> events, Housekeeper& housekeeper)
    : housekeeper_(housekeeper), events_(std::move(events)) {}

void OutputBuffer::write(const SharedRequest& parent, std::string_view stream, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (!events_) return;
    if (segments_.empty() || segments_.back().parent != parent || segments_.back().stream != stream) {
        segments_.push_back({parent, std::string(stream), {}});
    }
    segments_.back().text.append(text);
    bytes_ += text.size();
    if (bytes_ >= kStreamMessageBytesMax) {
        flush_locked();
    } else if (!flush_scheduled_) {
        flush_scheduled_ = true;
        housekeeper_.post_after(kStreamFlushDelay, [self = weak_from_this()] {
            if (const auto buffer = self.lock()) {
                const std::lock_guard late(buffer->mutex_);
                buffer->flush_scheduled_ = false;
                buffer->flush_locked();
            }
        });
    }
}

void OutputBuffer::publish(const SharedRequest& parent, Output output) {
    const std::lock_guard lock(mutex_);
    flush_locked();
    if (events_) events_->on_output(parent, std::move(output));
}

void OutputBuffer::reply(const SharedRequest& request, Reply reply) {
    const std::lock_guard lock(mutex_);
    flush_locked();
    if (events_) events_->on_reply(request, std::move(reply));
}

void OutputBuffer::input_request(const SharedRequest& parent, std::string content_json) {
    const std::lock_guard lock(mutex_);
    flush_locked();
    if (events_) events_->on_input_request(parent, std::move(content_json));
}

void OutputBuffer::set_modes(const SharedRequest& caller, CellModes modes) {
    const std::lock_guard lock(mutex_);
    if (events_) events_->on_modes(caller, modes);
}

void OutputBuffer::limit_hit(const std::string& limit) {
    const std::lock_guard lock(mutex_);
    if (events_) events_->on_limit_hit(limit);
}

void OutputBuffer::cache_looked_up(bool hit) {
    const std::lock_guard lock(mutex_);
    if (events_) events_->on_cache_looked_up(hit);
}

void OutputBuffer::ready() {
    const std::lock_guard lock(mutex_);
    if (events_) events_->on_ready();
}

void OutputBuffer::flush() {
    const std::lock_guard lock(mutex_);
    flush_locked();
}

void OutputBuffer::close() {
    const std::lock_guard lock(mutex_);
    flush_locked();
    events_.reset();
}

void OutputBuffer::flush_locked() {
    for (Segment& segment : segments_) {
        if (!events_) break;
        Output output;
        output.msg_type = protocol::MsgType::stream;
        output.content_json = "{\"name\":";
        output.content_json.reserve(segment.text.size() + 48);
        protocol::append_json_string(output.content_json, segment.stream);
        output.content_json += ",\"text\":";
        protocol::append_json_string(output.content_json, segment.text);
        output.content_json += '}';
        events_->on_output(segment.parent, std::move(output));
    }
    segments_.clear();
    bytes_ = 0;
}

}  // namespace corncob::tenants
