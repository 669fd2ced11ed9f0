// What runs the code of kernels: CPython, or a fake in tests. No Python header here: a host knows only this.
#pragma once

#include <optional>
#include <string>

#include "tenants/host.hpp"
#include "tenants/kernel_port.hpp"

namespace corncob::tenants::interpreter {

struct KernelEnd {
    EndReason reason = EndReason::stopped;
    std::string detail;
};

/// What a thread runs that is ready for a kernel. Called on that thread.
class Assignment {
 public:
    virtual ~Assignment() = default;
    /// Waits for the kernel; null: there will be none. Once.
    virtual std::shared_ptr<KernelPort> wait() = 0;
    /// The kernel's cells can run and its language requests be answered from now on. Once, after wait().
    virtual void ready() = 0;
};

class Interpreter {
 public:
    virtual ~Interpreter() = default;

    /// "3.11.2"; known without starting anything.
    virtual std::string language_version() const = 0;

    /// A kernel's whole life, on the calling thread: makes what every kernel needs, waits for the kernel, serves its
    /// port's mail until the port is closed or the kernel's code ends it. `own_directory`: this thread has a working
    /// directory of its own.
    virtual KernelEnd run(Assignment& assignment, bool own_directory) = 0;

    /// Answers complete, inspect, is_complete and history on the calling thread, beside what the kernel runs. What is
    /// to run beside it (runs_beside) is handed to the thread where it runs: nothing is returned then, it will be
    /// replied to by way of the port. Only between ready() and the end of run(); afterwards an error reply.
    virtual std::optional<Reply> answer(const KernelPort& port, const SharedRequest& request) = 0;

    /// Makes the kernel's thread see port.interrupt_pending() although it is busy. Any thread; does not block.
    virtual void interrupt(const std::shared_ptr<KernelPort>& port) = 0;

    /// Gives memory of ended kernels back. Takes the GIL; may take tens of milliseconds.
    virtual void collect_garbage() = 0;

    /// From now on `observer`, which outlives this, is told how the GIL is used. At most once.
    virtual void watch(Observer& /*observer*/) {}
};

}  // namespace corncob::tenants::interpreter
