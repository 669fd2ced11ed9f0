#include "tenants/language_worker.hpp"

#include <sched.h>

#include <chrono>
#include <tuple>
#include <utility>

namespace corncob::tenants {
namespace {
constexpr std::chrono::milliseconds kGarbageQuietTime{300};
}

LanguageWorker::LanguageWorker(interpreter::Interpreter& interpreter, std::function<void()> collect_garbage)
    : interpreter_(interpreter), collect_garbage_(std::move(collect_garbage)), thread_([this] { run(); }) {}

LanguageWorker::~LanguageWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        items_.clear();
    }
    changed_.notify_one();
    thread_.join();
}

bool LanguageWorker::post(std::shared_ptr<KernelPort> port, SharedRequest request) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= kLanguageRequestsMax) return false;
    items_.push_back({std::move(port), std::move(request)});
    changed_.notify_one();
    return true;
}

void LanguageWorker::collect_garbage_soon() {
    const std::lock_guard lock(mutex_);
    garbage_ = true;
    changed_.notify_one();
}

void LanguageWorker::run() {
    // It goes to the directory of the kernel that it answers for. Where this is refused, kernels have no own one.
    std::ignore = ::unshare(CLONE_FS);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!items_.empty()) {
            Item item = std::move(items_.front());
            items_.pop_front();
            lock.unlock();
            Reply reply = interpreter_.answer(*item.port, item.request);
            item.port->reply(item.request, std::move(reply));
            item = {};
            lock.lock();
        } else if (garbage_) {
            garbage_ = false;
            // More kernels may be ending: wait until none has for a while.
            const bool disturbed =
                changed_.wait_for(lock, kGarbageQuietTime, [this] { return garbage_ || stopping_ || !items_.empty(); });
            if (disturbed) {
                garbage_ = true;
                continue;
            }
            lock.unlock();
            collect_garbage_();
            lock.lock();
        } else {
            changed_.wait(lock);
        }
    }
}

}  // namespace corncob::tenants
