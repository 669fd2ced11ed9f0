// A thread that runs one kernel, and the kernels' threads made ahead of their need.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "tenants/housekeeper.hpp"
#include "tenants/interpreter/interpreter.hpp"

namespace corncob::tenants {

class KernelThread;

/// One thread with its shell; gets its kernel when it is made, or later. Thread-safe.
class KernelSeat final : public interpreter::Assignment {
 public:
    /// Starts the thread. `lone_kernel`: see InProcessHostSettings. Throws std::system_error where the system has none.
    static std::shared_ptr<KernelSeat> start(interpreter::Interpreter& interpreter, bool lone_kernel = false);

    /// The kernel to run; once, and not after dismiss(). Why it cannot be, if the thread has ended already.
    [[nodiscard]] std::optional<interpreter::KernelEnd> assign(std::shared_ptr<KernelThread> kernel);
    /// There will be no kernel: the thread ends.
    void dismiss();
    void join();
    /// The shell is made and the thread waits.
    bool prepared() const;
    /// It could not make its shell.
    bool failed() const;

    std::shared_ptr<KernelPort> wait() override;
    void ready() override;

 private:
    void run(interpreter::Interpreter& interpreter, bool lone_kernel);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<KernelThread> kernel_;
    bool prepared_ = false;
    bool dismissed_ = false;
    std::optional<interpreter::KernelEnd> ended_;  // before there was a kernel
    std::thread thread_;
};

/// Seats made ahead, so that a kernel's first cell does not wait for its shell: at most `count`, made one after the
/// other and a while after one was taken, not to stand in the way of the cell that runs first; a shorter while where
/// fewer than half are left. Thread-safe.
class SpareSeats {
 public:
    /// Makes none before refill_soon() or take().
    SpareSeats(interpreter::Interpreter& interpreter, Housekeeper& housekeeper, std::size_t count,
               bool lone_kernel = false)
        : interpreter_(interpreter), housekeeper_(housekeeper), count_(count), lone_kernel_(lone_kernel) {}
    /// Dismisses and joins all that wait. After the housekeeper has run its last job.
    ~SpareSeats() { clear(); }

    /// A prepared seat, or a new one. Throws std::system_error.
    std::shared_ptr<KernelSeat> take();
    /// Null: none is prepared.
    std::shared_ptr<KernelSeat> take_prepared();
    void refill_soon();
    /// Dismisses and joins all. The caller must not hold the GIL.
    void clear();
    /// How many wait, prepared.
    std::size_t prepared() const;

 private:
    void refill_soon_locked();
    /// `scheduled`: it no longer is.
    void refill(bool& scheduled);

    interpreter::Interpreter& interpreter_;
    Housekeeper& housekeeper_;
    const std::size_t count_;
    const bool lone_kernel_;
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<KernelSeat>> seats_;
    bool refill_scheduled_ = false;
    bool hurried_refill_scheduled_ = false;  // after the shorter while
};

}  // namespace corncob::tenants
