// Interrupts a thread of one kernel as Ctrl-C interrupts the main thread of an ordinary Python.
//
// CPython handles signals on one thread only, its main one, and a handler that raises KeyboardInterrupt there also
// breaks the system call that thread waits in. An interrupt therefore takes three steps, none of which needs the GIL:
//   1. the target becomes CPython's main thread (cpython_private.h);
//   2. the target gets a signal: its system call returns EINTR;
//   3. the signal's handler, on the target, marks SIGINT as pending (PyErr_SetInterrupt), and CPython runs the Python
//      handler (kernel.on_interrupt) at the target's next bytecode or in the retry of its system call.
// on_interrupt raises only if the interrupt of its own kernel is pending, so one that comes too late, because the
// target sat in a long C call, meets nobody. Steps are repeated every few milliseconds until the interrupt is taken or
// withdrawn: the target may have been between two places where it would have noticed. Of several targets each has turns
// of its own, so that one which does not notice, in a long C call, delays no other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tenants/interpreter/cpython_private.h"
#include "tenants/interruptible.hpp"

namespace corncob::tenants::interpreter {

/// One a process: there is one main thread to point. Thread-safe; takes turns if several kernels are interrupted at
/// once.
class Interrupter {
 public:
    /// Installs the handler of the wake signal (SIGRTMIN + 3).
    Interrupter();
    ~Interrupter();

    /// The calling thread is `thread` from now on (null: no longer).
    static void this_thread_runs(Interruptible* thread);

    /// Until the thread's pending interrupt is taken or withdrawn.
    void interrupt(std::shared_ptr<Interruptible> thread);

 private:
    using Clock = std::chrono::steady_clock;

    struct Target {
        std::shared_ptr<Interruptible> thread;
        int tries;
        Clock::time_point due;  ///< of the next try
    };

    void run();
    static void nudge(Interruptible& target);
    /// The target must still be the main thread when it looks: waits until it has, a moment at most.
    static void let_notice(const Interruptible& target);

    const corncob_main_thread resting_main_thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Target> targets_;  // at most one entry a thread
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace corncob::tenants::interpreter
