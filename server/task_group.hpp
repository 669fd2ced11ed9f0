// Every coroutine that the server spawns: nothing runs that cannot be told to stop and waited for.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include "server/log.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {

/// Thread-safe. Stop in this order: cancel gently (asio::cancellation_type::total), wait with a deadline, cancel hard
/// (terminal), wait. What gently means is up to the task: a connection between two requests ends.
class TaskGroup {
 public:
    explicit TaskGroup(Log& log) : log_(log) {}

    /// Runs `task` on `executor`. An exception out of it is a bug of the task: it is logged with `what` and ends that
    /// task alone. `what` must outlive the task; a literal does.
    void spawn(Executor executor, Awaitable<void> task, std::string_view what);

    void cancel(asio::cancellation_type type);
    std::size_t size() const;

    /// True: no task is left. False: `limit` has passed first.
    Awaitable<bool> wait(std::chrono::milliseconds limit);

 private:
    struct Task {
        explicit Task(Executor where) : executor(where) {}
        Executor executor;
        asio::cancellation_signal signal;  // belongs to the thread of `executor`
        std::list<std::shared_ptr<Task>>::iterator place;
    };
    void finished(const std::shared_ptr<Task>& task, std::exception_ptr error, std::string_view what);

    Log& log_;
    mutable std::mutex mutex_;
    std::list<std::shared_ptr<Task>> tasks_;
    std::vector<std::function<void()>> waiters_;
};

}  // namespace corncob::server
