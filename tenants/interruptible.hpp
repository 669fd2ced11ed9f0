// A thread of a kernel as those see it that interrupt it.
#pragma once

#include <pthread.h>

#include <atomic>
#include <mutex>
#include <optional>

namespace corncob::tenants {

/// Thread-safe; never takes the GIL.
class Interruptible {
 public:
    Interruptible() = default;
    virtual ~Interruptible() = default;
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

    /// True once for each interrupt.
    bool take_interrupt() { return interrupt_pending_.exchange(false, std::memory_order_acq_rel); }
    bool interrupt_pending() const { return interrupt_pending_.load(std::memory_order_acquire); }
    std::atomic<bool>& interrupt_flag() { return interrupt_pending_; }

    /// The thread to signal; set by that thread for as long as it runs Python.
    void set_thread(std::optional<pthread_t> thread) {
        const std::lock_guard lock(thread_mutex_);
        thread_ = thread;
    }
    bool has_thread() {
        const std::lock_guard lock(thread_mutex_);
        return thread_.has_value();
    }
    bool is_this_thread() {
        const std::lock_guard lock(thread_mutex_);
        return thread_ && pthread_equal(*thread_, pthread_self()) != 0;
    }
    /// Calls `use` with the thread while it is certain to exist.
    template <class Use>
    void with_thread(Use&& use) {
        const std::lock_guard lock(thread_mutex_);
        if (thread_) use(*thread_);
    }

 private:
    std::atomic<bool> interrupt_pending_{false};
    std::mutex thread_mutex_;
    std::optional<pthread_t> thread_;
};

}  // namespace corncob::tenants
