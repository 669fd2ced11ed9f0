#include "tenants/language_worker.hpp"

#include <sched.h>

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

namespace corncob::tenants {
namespace {
constexpr std::chrono::milliseconds kGarbageQuietTime{300};
}

LanguageWorker::LanguageWorker(interpreter::Interpreter& interpreter, std::function<void()> collect_garbage,
                               std::chrono::milliseconds patience)
    : interpreter_(interpreter), collect_garbage_(std::move(collect_garbage)), patience_(patience) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this] { run(); });
}

LanguageWorker::~LanguageWorker() {
    std::vector<std::thread> threads;
    Lines dropped;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        threads.swap(threads_);
        dropped.swap(waiting_);
        for (Line& line : answering_) line.requests.clear();
    }
    dropped.clear();
    changed_.notify_all();
    for (std::thread& thread : threads) thread.join();
}

bool LanguageWorker::post(std::shared_ptr<KernelPort> port, SharedRequest request) {
    const std::lock_guard lock(mutex_);
    if (requests_ >= kLanguageRequestsMax) return false;
    ++requests_;
    const Key key{port.get(), runs_beside(*request)};
    const auto found = lines_.find(key);
    if (found != lines_.end()) {
        found->second->requests.push_back(std::move(request));
        return true;
    }
    waiting_.push_back({std::move(port), {}, {}, key.second});
    waiting_.back().requests.push_back(std::move(request));
    lines_.emplace(key, std::prev(waiting_.end()));
    changed_.notify_one();
    return true;
}

void LanguageWorker::collect_garbage_soon() {
    const std::lock_guard lock(mutex_);
    garbage_ = true;
    changed_.notify_one();
}

void LanguageWorker::start_thread_locked() {
    if (stopping_ || threads_.size() >= kLanguageThreadsMax) return;
    try {
        threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
        return;  // those that there are go on
    }
}

std::optional<LanguageWorker::Moment> LanguageWorker::busy_until_locked() const {
    if (answering_.empty()) return std::nullopt;
    const Moment until = *answering_.back().answering_since + patience_;  // begun last
    return until > std::chrono::steady_clock::now() ? std::optional(until) : std::nullopt;
}

void LanguageWorker::run() {
    // It goes to the directory of the kernel that it answers for. Where this is refused, kernels have no own one.
    std::ignore = ::unshare(CLONE_FS);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto busy_until = busy_until_locked();
        ++idle_threads_;
        if (!waiting_.empty() && busy_until) {
            changed_.wait_until(lock, *busy_until);
            --idle_threads_;
        } else if (!waiting_.empty()) {
            --idle_threads_;
            answer_next(lock);
        } else if (garbage_ && !collecting_ && !busy_until) {
            --idle_threads_;
            collect_when_quiet(lock);
        } else {
            changed_.wait(lock);
            --idle_threads_;
        }
    }
}

void LanguageWorker::answer_next(std::unique_lock<std::mutex>& lock) {
    const auto line = waiting_.begin();
    answering_.splice(answering_.end(), waiting_, line);
    line->answering_since = std::chrono::steady_clock::now();
    SharedRequest request = std::move(line->requests.front());
    line->requests.pop_front();
    --requests_;
    if (idle_threads_ == 0) start_thread_locked();  // somebody must be there if this one is stuck
    lock.unlock();
    if (auto reply = interpreter_.answer(*line->port, request)) line->port->reply(request, std::move(*reply));
    request.reset();
    lock.lock();
    if (!line->requests.empty()) {
        waiting_.splice(waiting_.end(), answering_, line);
    } else {
        lines_.erase(Key{line->port.get(), line->beside});
        Lines done;
        done.splice(done.end(), answering_, line);
        lock.unlock();
        done.clear();  // perhaps the last that holds the port
        lock.lock();
    }
    changed_.notify_one();
}

void LanguageWorker::collect_when_quiet(std::unique_lock<std::mutex>& lock) {
    garbage_ = false;
    collecting_ = true;
    // More kernels may be ending: wait until none has for a while.
    const bool disturbed =
        changed_.wait_for(lock, kGarbageQuietTime, [this] { return garbage_ || stopping_ || !waiting_.empty(); });
    if (disturbed) {
        garbage_ = true;
    } else {
        lock.unlock();
        collect_garbage_();
        lock.lock();
    }
    collecting_ = false;
}

}  // namespace corncob::tenants
