// One thread for what must happen a little later, or elsewhere than on the caller's thread: flushing streams, joining
// threads that have ended, giving up on kernels that do not stop. Never takes the GIL.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace corncob::tenants {

/// Thread-safe. Jobs are short and must not throw. Bounded by what asks for it: at most one flush, one join, one
/// deadline, one interrupt and one look at ended programs a kernel are waiting at any time.
class Housekeeper {
 public:
    using Job = std::function<void()>;

    Housekeeper();
    /// Runs what is due now, drops what is due later, joins the thread.
    ~Housekeeper();

    void post(Job job) { post_after(std::chrono::milliseconds(0), std::move(job)); }
    void post_after(std::chrono::milliseconds delay, Job job);

 private:
    using Time = std::chrono::steady_clock::time_point;
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Time, Job> jobs_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace corncob::tenants
