// Everything that goes out on one WebSocket: the only writer of its socket.
//
// A cell makes a handful of small messages; each as a write of its own would cost a system call and a segment. Beast
// writes a frame an operation, so here the server's frames (unmasked, never fragmented: trivial) are made by the
// outbox itself, and all that wait go into one gathered write. Beast stays in charge of the handshake, of reading and
// of control frames; what it writes comes through OutboxStream into this same queue. An entry of the queue is always
// a whole frame, so frames cannot interleave, and their order is the order in which they were pushed.
//
// What a kernel follows up within a moment (busy, execute_input, a result, a reply) does not wake the socket's thread
// by itself: most cells are done within a millisecond, and then all that they make is one write.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "protocol/wire/encoded_message.hpp"
#include "server/net/executor.hpp"
#include "server/net/stream.hpp"

namespace corncob::server {

enum class WireForm { v1, legacy };

struct OutboxLimits {
    std::size_t bytes_max;
    std::chrono::milliseconds slow_client_timeout;  ///< congested for longer: disconnect
    std::chrono::microseconds hold_back{1000};      ///< what is followed up waits no longer for what follows
};

/// Where an eighth of `bytes_max` waits, the outbox is congested, and whoever fills it should wait until a part of that
/// has been written. Bounded by `bytes_max`: the message that would exceed it disconnects the client instead, as does
/// being congested for too long. Single messages are never dropped, for a front end that misses one waits for ever. A
/// message larger than the bound passes when the outbox is not congested.
class Outbox final : public std::enable_shared_from_this<Outbox> {
 public:
    /// Gets the bytes of one entry that Beast wrote: their error, or how many.
    using Written = std::function<void(const ErrorCode&, std::size_t)>;

    /// Called on the socket's thread, with nothing locked, when the outbox is no longer congested.
    using Relieved = std::function<void()>;

    Outbox(Stream stream, WireForm form, OutboxLimits limits, Relieved relieved);

    /// Appends one message. Any thread; never blocks on the network. False: the outbox is closed or sealed, or this
    /// message was too much and has closed it (see overflowed()).
    bool push(protocol::wire::SharedMessage message);

    /// Appends what Beast writes: the handshake or one whole control frame. A close frame seals the outbox. The
    /// socket's thread; `written` is called from there, never from within.
    void push_raw(std::string bytes, Written written);

    /// Drops what waits and closes the socket. The socket's thread.
    void close();

    /// For reading. The socket's thread.
    Stream& stream() { return stream_; }
    Executor executor() { return executor_; }
    bool overflowed() const;
    /// The position of the newest message that the other end of the connection has acknowledged to the last byte, with
    /// all before it. More than what was written: a network that is gone takes bytes for a long time. Any thread.
    std::uint64_t confirmed();
    /// All that was pushed is written and acknowledged, or the connection has ended. Any thread.
    bool all_confirmed();
    /// `written` is called on the socket's thread after each write. Before the first push().
    void call_after_writes(std::function<void()> written) { after_write_ = std::move(written); }
    /// It was closed because it stayed congested. The socket's thread.
    bool too_slow() const { return too_slow_; }
    bool congested() const { return congested_.load(std::memory_order_acquire); }
    /// Bytes of messages that wait or are being written.
    std::size_t queued_bytes() const;

 private:
    struct Entry {
        protocol::wire::SharedMessage message;  // or, if null:
        std::string raw;
        Written written;
        std::size_t counted_bytes = 0;
    };
    bool flush_wanted(bool more_follows);
    void post_flush();
    void watch_held();
    void flush();
    void gather();
    void append(std::string_view frame_header, std::string_view payload);
    void seal_segment();
    void on_written(const ErrorCode& error);
    void note_written();
    void look_at_acknowledged();
    void watch_congestion();
    void relieve(bool was_congested);

    const WireForm form_;
    const OutboxLimits limits_;
    const std::size_t congested_bytes_;
    const Relieved relieved_;
    Stream stream_;
    const Executor executor_;
    Timer congestion_timer_;
    Timer hold_timer_;

    mutable std::mutex mutex_;
    std::deque<Entry> waiting_;
    std::size_t queued_bytes_ = 0;
    bool flush_scheduled_ = false;  // a flush is posted, or a write is in flight and will look at the queue again
    bool watched_ = false;          // watch_held() is posted or waits: what is held back will be written
    std::chrono::steady_clock::time_point waiting_since_;  // the first of what waits
    bool sealed_ = false;                                  // a close frame is the last frame of a connection
    bool closed_ = false;
    bool overflowed_ = false;
    struct Sent {
        std::uint64_t end;  ///< count of the connection's bytes up to here; kUnwritten: not known yet
        std::uint64_t position;
    };
    std::deque<Sent> sent_;  // not acknowledged when last looked at
    std::uint64_t sent_bytes_;
    std::uint64_t confirmed_ = 0;
    const int descriptor_;
    bool descriptor_open_ = true;
    std::function<void()> after_write_;   // of the socket's thread
    std::atomic<bool> congested_{false};  // changed under the mutex
    bool too_slow_ = false;

    // Of the socket's thread: the one write in flight.
    std::vector<Entry> batch_;
    std::string small_;  // frame headers and small payloads, back to back
    std::size_t segment_begin_ = 0;
    std::vector<asio::const_buffer> buffers_;
};

/// FIN, opcode (2: binary, 1: text) and length of an unmasked frame; at most 10 bytes.
std::string websocket_frame_header(bool binary, std::size_t payload_bytes);

}  // namespace corncob::server
