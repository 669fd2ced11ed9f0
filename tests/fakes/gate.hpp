// Lets a test hold a thread at a known place, and wait for it to get there.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace corncob::tests {

inline constexpr std::chrono::seconds kDeadline{20};  ///< of waits that only a failure lets run out

/// Thread-safe; opens once.
class Gate {
 public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    /// Waits until it opens.
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    /// Somebody has called pass(). False: nobody within the deadline.
    bool wait_arrived() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kDeadline, [this] { return arrived_ > 0; });
    }
    bool wait_open() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kDeadline, [this] { return open_; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

}  // namespace corncob::tests
