#include "tenants/housekeeper.hpp"

#include <utility>

namespace corncob::tenants {

Housekeeper::Housekeeper() : thread_([this] { run(); }) {}

Housekeeper::~Housekeeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Housekeeper::post_after(std::chrono::milliseconds delay, Job job) {
    const Time due = std::chrono::steady_clock::now() + delay;
    bool first;
    {
        const std::lock_guard lock(mutex_);
        first = jobs_.empty() || due < jobs_.begin()->first;
        jobs_.emplace(due, std::move(job));
    }
    if (first) changed_.notify_one();
}

void Housekeeper::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        const auto next = jobs_.begin();
        if (next != jobs_.end() && next->first <= std::chrono::steady_clock::now()) {
            Job job = std::move(next->second);
            jobs_.erase(next);
            lock.unlock();
            job();
            job = nullptr;  // what it holds may post when it goes
            lock.lock();
        } else if (stopping_) {
            return;
        } else if (next == jobs_.end()) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, Time(next->first));
        }
    }
}

}  // namespace corncob::tenants
