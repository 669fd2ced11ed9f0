#include "server/websocket/outbox.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "server/net/acknowledged.hpp"

namespace corncob::server {
namespace {

constexpr std::size_t kFrameHeaderBytesMax = 10;
constexpr std::size_t kCopyBytesMax = 16384;     // up to here copying is cheaper than a buffer of its own
constexpr std::size_t kBatchBytesMax = 1048576;  // of one gathered write
constexpr std::size_t kBatchEntriesMax = 512;
constexpr std::size_t kWriteBytesMax = 8388608;  // Asio's own default would cut writes into pieces of 64 KiB
constexpr std::size_t kCongestedShare = 8;       // of the bound
constexpr std::size_t kKeptBytesMax = 65536;     // of scratch memory, between writes
constexpr std::uint64_t kUnwritten = std::numeric_limits<std::uint64_t>::max();
constexpr char kCloseFrame = static_cast<char>(0x88);

/// asio::transfer_all with larger pieces.
std::size_t transfer_all(const ErrorCode& error, std::size_t) {
    return error ? 0 : kWriteBytesMax;
}

struct Frame {
    std::string_view payload;
    bool binary;
};

/// The kernel sends another message of the same cell at once, unless the cell takes its time.
bool more_follows(const protocol::Message& message) {
    using protocol::MsgType;
    const MsgType type = message.header.msg_type;
    return type == MsgType::execute_input || type == MsgType::execute_result || type == MsgType::execute_reply ||
           (type == MsgType::status && message.content_json == R"({"execution_state":"busy"})");
}

Frame frame_of(const protocol::wire::EncodedMessage& message, WireForm form) {
    if (form == WireForm::v1) return {message.websocket_v1(), true};
    const auto& legacy = message.websocket_legacy();
    return {legacy.bytes, legacy.binary};
}

}  // namespace

std::string websocket_frame_header(bool binary, std::size_t payload_bytes) {
    std::string header(1, static_cast<char>(binary ? 0x82 : 0x81));
    const auto append_big_endian = [&](unsigned bytes) {
        for (unsigned i = bytes; i-- > 0;) header.push_back(static_cast<char>((payload_bytes >> (8U * i)) & 0xffU));
    };
    if (payload_bytes < 126) {
        header.push_back(static_cast<char>(payload_bytes));
    } else if (payload_bytes < 65536) {
        header.push_back(126);
        append_big_endian(2);
    } else {
        header.push_back(127);
        append_big_endian(8);
    }
    return header;
}

Outbox::Outbox(Stream stream, WireForm form, OutboxLimits limits, Relieved relieved)
    : form_(form),
      limits_(limits),
      congested_bytes_(limits.bytes_max / kCongestedShare),
      relieved_(std::move(relieved)),
      stream_(std::move(stream)),
      executor_(stream_.get_executor()),
      congestion_timer_(executor_),
      hold_timer_(executor_),
      sent_bytes_(written_bytes(stream_.socket().native_handle())),
      descriptor_(stream_.socket().native_handle()) {}

bool Outbox::push(protocol::wire::SharedMessage message) {
    const std::size_t bytes = message->message().size_bytes();
    const bool more = more_follows(message->message());
    std::unique_lock lock(mutex_);
    if (closed_ || sealed_) return false;
    if (congested_ && queued_bytes_ + bytes > limits_.bytes_max) {
        closed_ = overflowed_ = true;
        asio::post(executor_, [self = shared_from_this()] { self->close(); });
        return false;
    }
    queued_bytes_ += bytes;
    waiting_.push_back({std::move(message), {}, {}, bytes});
    const bool flushes = flush_wanted(more);
    const bool congests = queued_bytes_ > congested_bytes_ && !congested_.exchange(true);
    lock.unlock();  // whom a post wakes would wait for it
    if (flushes) post_flush();
    if (congests) asio::post(executor_, [self = shared_from_this()] { self->watch_congestion(); });
    return true;
}

void Outbox::watch_congestion() {
    if (!congested()) return;
    congestion_timer_.expires_after(limits_.slow_client_timeout);
    congestion_timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
        // A timer that is set anew or cancelled may have expired already, and its handler be on the way.
        if (error || !self->congested() || self->congestion_timer_.expiry() > std::chrono::steady_clock::now()) return;
        self->too_slow_ = true;
        self->close();
    });
}

void Outbox::relieve(bool was_congested) {
    if (!was_congested) return;
    congestion_timer_.cancel();
    relieved_();
}

void Outbox::push_raw(std::string bytes, Written written) {
    std::unique_lock lock(mutex_);
    if (closed_) {
        asio::post(executor_, [written = std::move(written)] { written(asio::error::operation_aborted, 0); });
        return;
    }
    if (bytes.starts_with(kCloseFrame)) sealed_ = true;
    waiting_.push_back({nullptr, std::move(bytes), std::move(written), 0});
    const bool flushes = flush_wanted(false);
    lock.unlock();
    if (flushes) post_flush();
}

/// After something was put into waiting_; mutex_ is held. True: the caller posts a flush, once it has let go of it.
bool Outbox::flush_wanted(bool more_follows) {
    if (waiting_.size() == 1) waiting_since_ = std::chrono::steady_clock::now();
    if (flush_scheduled_) return false;
    if (more_follows && !watched_ && executor_.running_in_this_thread()) {
        watched_ = true;  // a post and a timer of the own thread wake nobody
        asio::post(executor_, [self = shared_from_this()] { self->watch_held(); });
    }
    if (more_follows && watched_) return false;
    return flush_scheduled_ = true;
}

void Outbox::post_flush() {
    asio::post(executor_, [self = shared_from_this()] { self->flush(); });
}

/// Writes what has been held back for long enough, or looks again.
void Outbox::watch_held() {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty() || flush_scheduled_ || closed_) {
            watched_ = false;
            return;
        }
        const auto until = waiting_since_ + limits_.hold_back;
        if (std::chrono::steady_clock::now() < until) {
            hold_timer_.expires_at(until);
            hold_timer_.async_wait([self = shared_from_this()](const ErrorCode&) { self->watch_held(); });
            return;
        }
        watched_ = false;
        flush_scheduled_ = true;
    }
    flush();
}

void Outbox::flush() {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty() || closed_) {
            flush_scheduled_ = false;
            return;
        }
        std::size_t bytes = 0;
        while (!waiting_.empty() && bytes < kBatchBytesMax && batch_.size() < kBatchEntriesMax) {
            bytes += waiting_.front().counted_bytes;
            batch_.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
    }
    gather();
    asio::async_write(stream_, buffers_, transfer_all,
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->on_written(error); });
}

/// Makes batch_ the buffers of one write. Large payloads are sent from where they are.
void Outbox::gather() {
    small_.clear();
    buffers_.clear();
    segment_begin_ = 0;
    std::size_t small_bytes = 0;
    for (const Entry& entry : batch_) {
        if (!entry.message) {
            small_bytes += entry.raw.size();
            continue;
        }
        const std::size_t payload = frame_of(*entry.message, form_).payload.size();
        small_bytes += kFrameHeaderBytesMax + (payload <= kCopyBytesMax ? payload : 0);
    }
    small_.reserve(small_bytes);  // buffers_ points into it: it must not grow below
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : batch_) {
        if (!entry.message) {
            small_.append(entry.raw);
            sent_bytes_ += entry.raw.size();
            continue;
        }
        const Frame frame = frame_of(*entry.message, form_);
        const std::string header = websocket_frame_header(frame.binary, frame.payload.size());
        append(header, frame.payload);
        sent_bytes_ += header.size() + frame.payload.size();
        sent_.push_back({stream_.is_tls() ? kUnwritten : sent_bytes_, entry.message->position()});
    }
    seal_segment();
}

void Outbox::append(std::string_view frame_header, std::string_view payload) {
    small_.append(frame_header);
    if (payload.size() <= kCopyBytesMax) {
        small_.append(payload);
        return;
    }
    seal_segment();
    buffers_.emplace_back(payload.data(), payload.size());
}

void Outbox::seal_segment() {
    if (small_.size() > segment_begin_) buffers_.emplace_back(&small_[segment_begin_], small_.size() - segment_begin_);
    segment_begin_ = small_.size();
}

void Outbox::on_written(const ErrorCode& error) {
    std::vector<Entry> done;
    done.swap(batch_);
    bool relieved = false;
    {
        const std::lock_guard lock(mutex_);
        for (const Entry& entry : done) queued_bytes_ -= entry.counted_bytes;
        note_written();
        // A part, not all of it, so that the next bytes are here before the last are written.
        relieved = queued_bytes_ <= congested_bytes_ - congested_bytes_ / 4 && congested_.exchange(false);
    }
    relieve(relieved);
    for (const Entry& entry : done) {
        if (entry.written) entry.written(error, error ? 0 : entry.raw.size());
    }
    if (error) return close();
    done.clear();
    if (batch_.empty()) batch_.swap(done);  // keeps its memory
    if (small_.capacity() > kKeptBytesMax) small_ = std::string();
    if (after_write_) after_write_();
    flush();
}

void Outbox::close() {
    std::deque<Entry> dropped;
    bool relieved = false;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        look_at_acknowledged();
        descriptor_open_ = false;
        relieved = congested_.exchange(false);
        dropped.swap(waiting_);
        for (const Entry& entry : dropped) queued_bytes_ -= entry.counted_bytes;
    }
    hold_timer_.cancel();
    ErrorCode ignored;
    stream_.socket().close(ignored);
    relieve(relieved);
    for (Entry& entry : dropped) {
        if (!entry.written) continue;
        asio::post(executor_, [written = std::move(entry.written)] { written(asio::error::operation_aborted, 0); });
    }
}

/// mutex_ is held. Under TLS nobody knows beforehand how long a frame is on the wire; when its write is done, all of it
/// has been given to the socket.
void Outbox::note_written() {
    if (!stream_.is_tls() || !descriptor_open_) return;
    const std::uint64_t written = written_bytes(descriptor_);
    for (auto sent = sent_.rbegin(); sent != sent_.rend() && sent->end == kUnwritten; ++sent) sent->end = written;
}

/// mutex_ is held.
void Outbox::look_at_acknowledged() {
    if (!descriptor_open_ || sent_.empty()) return;
    const std::uint64_t acknowledged = acknowledged_bytes(descriptor_);
    while (!sent_.empty() && sent_.front().end <= acknowledged) {
        confirmed_ = std::max(confirmed_, sent_.front().position);
        sent_.pop_front();
    }
}

std::uint64_t Outbox::confirmed() {
    const std::lock_guard lock(mutex_);
    look_at_acknowledged();
    return confirmed_;
}

bool Outbox::all_confirmed() {
    const std::lock_guard lock(mutex_);
    look_at_acknowledged();
    return !descriptor_open_ || (waiting_.empty() && sent_.empty());
}

bool Outbox::overflowed() const {
    const std::lock_guard lock(mutex_);
    return overflowed_;
}

std::size_t Outbox::queued_bytes() const {
    const std::lock_guard lock(mutex_);
    return queued_bytes_;
}

}  // namespace corncob::server
