// Answers what editors ask: completion, inspection, completeness, history, beside the running cells. Hands on what is
// to run beside the kernel's own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tenants/interpreter/interpreter.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kLanguageRequestsMax = 1000;  ///< waiting, of all kernels of a host; beyond: refused
inline constexpr std::size_t kLanguageThreadsMax = 16;     ///< as many kernels may be stuck before others wait

/// One answer at a time, kernels by turns: Python has one lock, two threads would not be quicker. An answer that is
/// stuck (a user's __dir__ that sleeps) is waited for no longer than `patience`; another thread then goes on with the
/// requests of other kernels. A kernel gets its own answers one after another, in order.
/// Thread-safe.
class LanguageWorker {
 public:
    /// `collect_garbage` runs on a thread of the worker's, when things are quiet.
    LanguageWorker(interpreter::Interpreter& interpreter, std::function<void()> collect_garbage,
                   std::chrono::milliseconds patience = std::chrono::seconds(1));
    /// Drops what waits, finishes what runs, joins.
    ~LanguageWorker();

    /// The reply goes to the port's outputs. False: too many are waiting.
    bool post(std::shared_ptr<KernelPort> port, SharedRequest request);
    /// Collects garbage once things are quiet; many calls in a row are one collection.
    void collect_garbage_soon();

 private:
    using Moment = std::chrono::steady_clock::time_point;
    /// The requests of one kernel: those that are answered, or those that run beside it and are only handed on.
    struct Line {
        std::shared_ptr<KernelPort> port;
        std::deque<SharedRequest> requests;
        std::optional<Moment> answering_since;
        bool beside;
    };
    using Lines = std::list<Line>;
    using Key = std::pair<const KernelPort*, bool>;  // the kernel, and Line::beside

    void run();
    void start_thread_locked();
    /// When the answer that is being worked on counts as stuck; nothing: none is, the next may begin.
    std::optional<Moment> busy_until_locked() const;
    void answer_next(std::unique_lock<std::mutex>& lock);
    void collect_when_quiet(std::unique_lock<std::mutex>& lock);

    interpreter::Interpreter& interpreter_;
    const std::function<void()> collect_garbage_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Lines waiting_;    // kernels with requests, none of which is being answered; the next one first
    Lines answering_;  // at most one a thread
    std::map<Key, Lines::iterator> lines_;  // into both
    std::size_t requests_ = 0;              // that wait, in all lines
    std::size_t idle_threads_ = 0;
    bool garbage_ = false;
    bool collecting_ = false;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace corncob::tenants
