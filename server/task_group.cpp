#include "server/task_group.hpp"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/completion.hpp"

namespace corncob::server {

void TaskGroup::spawn(Executor executor, Awaitable<void> awaitable, std::string_view what) {
    auto task = std::make_shared<Task>(executor);
    {
        const std::lock_guard lock(mutex_);
        task->place = tasks_.insert(tasks_.end(), task);
    }
    // The coroutine begins on its own thread, where its signal belongs.
    auto begin = [this, task, what, awaitable = std::move(awaitable)]() mutable {
        auto done = [this, task, what](std::exception_ptr error) { finished(task, error, what); };
        asio::co_spawn(task->executor, std::move(awaitable),
                       asio::bind_cancellation_slot(task->signal.slot(), std::move(done)));
    };
    asio::dispatch(executor, std::move(begin));
}

void TaskGroup::finished(const std::shared_ptr<Task>& task, std::exception_ptr error, std::string_view what) {
    if (error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& exception) {
            log_.error("{} ended by an exception: {}", what, exception.what());
        }
    }
    std::vector<std::function<void()>> waiters;
    {
        const std::lock_guard lock(mutex_);
        tasks_.erase(task->place);
        if (tasks_.empty()) waiters.swap(waiters_);
    }
    for (const auto& notify : waiters) notify();
}

void TaskGroup::cancel(asio::cancellation_type type) {
    const std::lock_guard lock(mutex_);
    for (const auto& task : tasks_) {
        asio::post(task->executor, [task, type] { task->signal.emit(type); });
    }
}

std::size_t TaskGroup::size() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
}

Awaitable<bool> TaskGroup::wait(std::chrono::milliseconds limit) {
    const Executor executor = co_await asio::this_coro::executor;
    Completion empty(executor);
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) co_return true;
        waiters_.push_back(empty.notifier());
    }
    const bool done = co_await empty.wait(limit);
    co_return done;
}

}  // namespace corncob::server
