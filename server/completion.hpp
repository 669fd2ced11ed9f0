// Waiting in a coroutine for a callback that comes from another thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/net/executor.hpp"

namespace corncob::server {

/// One wait for one event. The notifier may be called from any thread, before or after the wait ends, and may outlive
/// the Completion, but not the executor.
class Completion {
 public:
    explicit Completion(Executor executor) : state_(std::make_shared<State>(executor)) {}

    std::function<void()> notifier() const;
    /// True: notified. False: `limit` has passed, or the waiting coroutine was cancelled.
    Awaitable<bool> wait(std::chrono::milliseconds limit);

 private:
    struct State {
        explicit State(Executor executor) : timer(executor) {}
        Timer timer;
        bool done = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace corncob::server
