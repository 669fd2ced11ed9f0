#include "server/zmq/zmq_outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace corncob::server {
namespace {

constexpr std::size_t kCongestedShare = 8;  // of the bound

bool may_be_dropped(protocol::MsgType type) {
    using enum protocol::MsgType;
    return type == stream || type == display_data || type == update_display_data;
}

}  // namespace

void ZmqOutbox::push(ZmqOutgoing outgoing) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        const protocol::Message& message = outgoing.message->message();
        const std::size_t bytes = message.size_bytes();
        if (queued_bytes_ > 0 && queued_bytes_ + bytes > bytes_max_ && may_be_dropped(message.header.msg_type)) {
            note_dropped(std::move(outgoing.message));
            return;  // there is something to wake for already
        }
        queued_bytes_ += bytes;
        *total_ += bytes;
        if (queued_bytes_ > bytes_max_ / kCongestedShare) congested_ = true;
        waiting_.messages.push_back(std::move(outgoing));
        if (std::exchange(woken_, true)) return;
    }
    wake_();
}

void ZmqOutbox::note_dropped(protocol::wire::SharedMessage message) {
    const auto is_alike = [&](const Gap& gap) {
        return gap.last->message().parent_header_json == message->message().parent_header_json;
    };
    auto& gaps = waiting_.gaps;
    auto gap = std::find_if(gaps.begin(), gaps.end(), is_alike);
    if (gap == gaps.end() && gaps.size() == kGapsMax) --gap;
    if (gap == gaps.end()) gap = gaps.insert(gap, Gap());
    ++gap->dropped;
    gap->last = std::move(message);
}

ZmqOutbox::Batch ZmqOutbox::take() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    *total_ -= std::exchange(queued_bytes_, 0);
    waiting_.relieved = congested_.exchange(false);
    return std::exchange(waiting_, {});
}

void ZmqOutbox::put_back(std::deque<ZmqOutgoing> messages) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    for (const ZmqOutgoing& each : messages) queued_bytes_ += each.message->message().size_bytes();
    if (queued_bytes_ > bytes_max_ / kCongestedShare) congested_ = true;
    std::move(waiting_.messages.begin(), waiting_.messages.end(), std::back_inserter(messages));
    waiting_.messages = std::move(messages);
}

void ZmqOutbox::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    *total_ -= std::exchange(queued_bytes_, 0);
    waiting_ = {};
}

std::size_t ZmqOutbox::queued_bytes() const {
    const std::lock_guard lock(mutex_);
    return queued_bytes_;
}

}  // namespace corncob::server
