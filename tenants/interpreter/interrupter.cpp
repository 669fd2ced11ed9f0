#include "tenants/interpreter/interrupter.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "tenants/interpreter/cpython_private.h"

namespace corncob::tenants::interpreter {
namespace {

constexpr std::chrono::milliseconds kRetry{2};       // of a target that has not noticed yet
constexpr std::chrono::milliseconds kSlowRetry{50};  // of one that has not for a while: a long C call
constexpr int kQuickTries = 50;
constexpr std::chrono::milliseconds kTurn{2};       // how long one is the main thread while others wait to be
constexpr std::chrono::microseconds kTurnStep{50};  // its turn is over as soon as it has noticed

int wake_signal() {
    return SIGRTMIN + 3;
}

// Read by the handler below, hence lock-free and set before the thread can be a target.
thread_local std::atomic<std::atomic<bool>*> this_interrupt{nullptr};

void on_wake(int) {
    const std::atomic<bool>* pending = this_interrupt.load(std::memory_order_relaxed);
    if (pending && pending->load(std::memory_order_relaxed)) corncob_interrupt_this_thread();
}

}  // namespace

Interrupter::Interrupter() : resting_main_thread_(corncob_get_main_thread()) {
    struct sigaction action {};
    action.sa_handler = on_wake;  // no SA_RESTART: that the system call ends is the point
    sigemptyset(&action.sa_mask);
    sigaction(wake_signal(), &action, nullptr);
    thread_ = std::thread([this] { run(); });
}

Interrupter::~Interrupter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Interrupter::this_thread_runs(Interruptible* thread) {
    this_interrupt.store(thread ? &thread->interrupt_flag() : nullptr, std::memory_order_relaxed);
}

void Interrupter::interrupt(std::shared_ptr<Interruptible> thread) {
    const std::lock_guard lock(mutex_);
    const auto same = [&thread](const Target& target) { return target.thread == thread; };
    if (std::any_of(targets_.begin(), targets_.end(), same)) return;
    targets_.push_back({std::move(thread), 0, Clock::now()});
    changed_.notify_one();
}

void Interrupter::nudge(Interruptible& target) {
    target.with_thread([](pthread_t thread) {
        corncob_set_main_thread({static_cast<unsigned long>(thread), nullptr});
        pthread_kill(thread, wake_signal());
    });
}

void Interrupter::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        // A thread that has ended takes no interrupt any more.
        std::erase_if(targets_, [](const Target& target) {
            return !target.thread->interrupt_pending() || !target.thread->has_thread();
        });
        if (targets_.empty()) {
            corncob_set_main_thread(resting_main_thread_);
            changed_.wait(lock);
            continue;
        }
        const auto next = std::min_element(targets_.begin(), targets_.end(),
                                           [](const Target& a, const Target& b) { return a.due < b.due; });
        if (const Clock::time_point due = next->due; due > Clock::now()) {
            changed_.wait_until(lock, due);  // by a copy: the vector may move while the lock is let go
            continue;
        }
        next->due = Clock::now() + (++next->tries < kQuickTries ? kRetry : kSlowRetry);
        const std::shared_ptr<Interruptible> target = next->thread;
        const bool alone = targets_.size() == 1;
        lock.unlock();
        nudge(*target);
        if (!alone) let_notice(*target);
        lock.lock();
    }
}

void Interrupter::let_notice(const Interruptible& target) {
    const auto end = Clock::now() + kTurn;
    while (target.interrupt_pending() && Clock::now() < end) std::this_thread::sleep_for(kTurnStep);
}

}  // namespace corncob::tenants::interpreter
