// The host of isolation level `process`: kernels are threads of the daemon itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

#include "tenants/host.hpp"
#include "tenants/housekeeper.hpp"
#include "tenants/interpreter/interpreter.hpp"
#include "tenants/kernel_seat.hpp"
#include "tenants/language_worker.hpp"
#include "tenants/pipe_reader.hpp"

namespace corncob::tenants {

class KernelThread;

struct InProcessHostSettings {
    /// After stop(), how long a kernel's thread may go on before it is disowned: reported as ended, no longer heard.
    std::chrono::milliseconds stop_deadline{5000};
    /// Threads with a shell that are made ahead, for kernels that start.
    std::size_t spare_threads = 0;
    /// There is one kernel in this process at a time: the working directory is its own wherever it runs.
    bool lone_kernel = false;
    /// Null: nothing bounds how many kernels there may be.
    std::shared_ptr<Room> room{};
};

/// One thread per kernel that has been prepared or asked for Python. Thread-safe.
class InProcessHost final : public Host {
 public:
    explicit InProcessHost(std::unique_ptr<interpreter::Interpreter> interpreter, InProcessHostSettings settings = {});
    /// All kernels must have been stopped. Waits for their threads until the stop deadline.
    ~InProcessHost() override;

    std::unique_ptr<HostedKernel> start(HostedKernelSettings settings, std::shared_ptr<HostEvents> events) override;
    std::string language_version() const override { return interpreter_->language_version(); }

    /// Threads that run a kernel, the disowned ones included.
    std::size_t threads() const;
    std::size_t disowned_threads() const override { return disowned_; }
    std::size_t kernel_threads() const override { return threads(); }
    bool has_spare() const override { return spare_threads() > 0; }
    Room* room() override { return settings_.room.get(); }
    void watch(Observer& observer) override { interpreter_->watch(observer); }
    /// Threads that wait for a kernel, with their shell.
    std::size_t spare_threads() const { return spares_->prepared(); }

 private:
    friend class KernelThread;
    void thread_started(std::shared_ptr<KernelThread> thread);
    void collect_garbage();
    void thread_disowned() { ++disowned_; }
    void thread_ended(const std::shared_ptr<KernelThread>& thread);

    const InProcessHostSettings settings_;
    std::unique_ptr<interpreter::Interpreter> interpreter_;
    std::atomic<std::size_t> disowned_{0};
    mutable std::mutex mutex_;
    std::condition_variable thread_gone_;
    std::set<std::shared_ptr<KernelThread>> threads_;
    std::unique_ptr<SpareSeats> spares_;
    LanguageWorker language_;
    PipeReader pipe_reader_;
    Housekeeper housekeeper_;  // after what its last jobs use
};

}  // namespace corncob::tenants
