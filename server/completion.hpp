// Waiting in a coroutine for a callback that comes from another thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/net/executor.hpp"

namespace corncob::server {

/// How long an answer about the end of a kernel's Python waits for it: an ordinary one is gone within milliseconds, and
/// who asks next finds nothing left of it. One whose code does not stop has been replaced or forgotten already, and
/// goes on ending without a witness.
inline constexpr std::chrono::milliseconds kEndGrace{250};

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
