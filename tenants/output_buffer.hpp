// The outputs of one kernel on their way out, in order, with printed text gathered into few messages.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "tenants/host.hpp"
#include "tenants/housekeeper.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kStreamMessageBytesMax = 1 << 16;     ///< text of one stream message
inline constexpr std::chrono::milliseconds kStreamFlushDelay{10};  ///< text waits this long for more

/// Thread-safe; called with or without the GIL, never takes it. Text written to one stream by one cell is gathered
/// until kStreamMessageBytesMax are there, kStreamFlushDelay has passed, or something else is put out. Nothing is
/// dropped: what is not gathered any more is handed on in the caller's thread.
class OutputBuffer : public std::enable_shared_from_this<OutputBuffer> {
 public:
    OutputBuffer(std::shared_ptr<HostEvents> events, Housekeeper& housekeeper);

    /// `stream` is "stdout" or "stderr"; `text` is UTF-8.
    void write(const SharedRequest& parent, std::string_view stream, std::string_view text);
    void publish(const SharedRequest& parent, Output output);
    void reply(const SharedRequest& request, Reply reply);
    void input_request(const SharedRequest& parent, std::string content_json);
    void set_modes(const SharedRequest& caller, CellModes modes);
    void limit_hit(const std::string& limit);
    void cache_looked_up(bool hit);
    void ready();
    void flush();

    /// Flushes, and hands nothing on afterwards: a thread that outlives its kernel is not heard.
    void close();

 private:
    struct Segment {
        SharedRequest parent;
        std::string stream;
        std::string text;
    };
    void flush_locked();

    Housekeeper& housekeeper_;
    std::mutex mutex_;  // held while handing on, so that the order of outputs is the order of calls
    std::shared_ptr<HostEvents> events_;
    std::deque<Segment> segments_;
    std::size_t bytes_ = 0;
    bool flush_scheduled_ = false;
};

}  // namespace corncob::tenants
