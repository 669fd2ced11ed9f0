// One thread for what editors ask: completion, inspection, completeness, history, beside the running cells.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "tenants/interpreter/interpreter.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kLanguageRequestsMax = 1000;  ///< waiting, of all kernels of a host; beyond: refused

/// Thread-safe.
class LanguageWorker {
 public:
    /// `collect_garbage` runs on the worker's thread, when things are quiet.
    LanguageWorker(interpreter::Interpreter& interpreter, std::function<void()> collect_garbage);
    /// Drops what waits, finishes what runs, joins.
    ~LanguageWorker();

    /// The reply goes to the port's outputs. False: too many are waiting.
    bool post(std::shared_ptr<KernelPort> port, SharedRequest request);
    /// Collects garbage once things are quiet; many calls in a row are one collection.
    void collect_garbage_soon();

 private:
    struct Item {
        std::shared_ptr<KernelPort> port;
        SharedRequest request;
    };
    void run();

    interpreter::Interpreter& interpreter_;
    const std::function<void()> collect_garbage_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> items_;
    bool garbage_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace corncob::tenants
