#include "tenants/kernel_seat.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "tenants/kernel_thread.hpp"

namespace corncob::tenants {
namespace {
// Who takes a seat runs a cell soon, which had best have the interpreter for itself.
constexpr std::chrono::milliseconds kRefillPause{20};
constexpr std::chrono::milliseconds kShortRefillPause{3};  // where kernels start faster than seats are made
}  // namespace

std::shared_ptr<KernelSeat> KernelSeat::start(interpreter::Interpreter& interpreter, bool lone_kernel) {
    auto seat = std::make_shared<KernelSeat>();
    seat->thread_ = std::thread([seat, &interpreter, lone_kernel] { seat->run(interpreter, lone_kernel); });
    return seat;
}

void KernelSeat::run(interpreter::Interpreter& interpreter, bool lone_kernel) {
    // A working directory of its own, where the system allows it (not in an ordinary container).
    const bool own_directory = lone_kernel || ::unshare(CLONE_FS) == 0;
    interpreter::KernelEnd last = interpreter.run(*this, own_directory);
    std::shared_ptr<KernelThread> kernel;
    {
        const std::lock_guard lock(mutex_);
        kernel = std::exchange(kernel_, nullptr);
        prepared_ = false;
        if (!kernel) ended_ = last;
    }
    if (kernel) kernel->finish_soon(std::move(last));
}

std::optional<interpreter::KernelEnd> KernelSeat::assign(std::shared_ptr<KernelThread> kernel) {
    const std::lock_guard lock(mutex_);
    if (ended_) return ended_;
    kernel_ = std::move(kernel);
    prepared_ = false;
    changed_.notify_one();
    return std::nullopt;
}

void KernelSeat::dismiss() {
    const std::lock_guard lock(mutex_);
    dismissed_ = true;
    changed_.notify_one();
}

void KernelSeat::join() {
    if (thread_.joinable()) thread_.join();
}

bool KernelSeat::prepared() const {
    const std::lock_guard lock(mutex_);
    return prepared_;
}

bool KernelSeat::failed() const {
    const std::lock_guard lock(mutex_);
    return ended_.has_value();
}

std::shared_ptr<KernelPort> KernelSeat::wait() {
    std::unique_lock lock(mutex_);
    prepared_ = !kernel_;
    changed_.wait(lock, [this] { return kernel_ || dismissed_; });
    return kernel_ ? kernel_->port() : nullptr;
}

void KernelSeat::ready() {
    std::shared_ptr<KernelThread> kernel;
    {
        const std::lock_guard lock(mutex_);
        kernel = kernel_;
    }
    kernel->on_ready();
}

void SpareSeats::clear() {
    std::deque<std::shared_ptr<KernelSeat>> dropped;
    {
        const std::lock_guard lock(mutex_);
        dropped.swap(seats_);
    }
    for (const auto& seat : dropped) seat->dismiss();
    for (const auto& seat : dropped) seat->join();
}

std::shared_ptr<KernelSeat> SpareSeats::take() {
    auto seat = take_prepared();
    return seat ? seat : KernelSeat::start(interpreter_, lone_kernel_);
}

std::shared_ptr<KernelSeat> SpareSeats::take_prepared() {
    std::shared_ptr<KernelSeat> seat;
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(seats_.begin(), seats_.end(), [](const auto& spare) { return spare->prepared(); });
    if (found != seats_.end()) {
        seat = std::move(*found);
        seats_.erase(found);
    }
    refill_soon_locked();
    return seat;
}

std::size_t SpareSeats::prepared() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(seats_.begin(), seats_.end(), [](const auto& seat) { return seat->prepared(); }));
}

void SpareSeats::refill_soon() {
    const std::lock_guard lock(mutex_);
    refill_soon_locked();
}

void SpareSeats::refill_soon_locked() {
    if (count_ == 0) return;
    const bool hurry = seats_.size() * 2 < count_;
    bool& scheduled = hurry ? hurried_refill_scheduled_ : refill_scheduled_;
    if (std::exchange(scheduled, true)) return;
    housekeeper_.post_after(hurry ? kShortRefillPause : kRefillPause, [this, &scheduled] { refill(scheduled); });
}

void SpareSeats::refill(bool& scheduled) {
    const std::lock_guard lock(mutex_);
    scheduled = false;
    std::erase_if(seats_, [](const auto& seat) {
        if (!seat->failed()) return false;
        seat->join();
        return true;
    });
    if (seats_.size() >= count_) return;
    try {
        seats_.push_back(KernelSeat::start(interpreter_, lone_kernel_));
    } catch (const std::system_error&) {
        return;  // no thread to be had: the next kernel tries again, and says so if it has to
    }
    if (seats_.size() < count_) refill_soon_locked();
}

}  // namespace corncob::tenants
