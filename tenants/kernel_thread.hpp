// One kernel of the in-process host: its port and, once it is prepared or a request needs Python, its thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "tenants/host.hpp"
#include "tenants/in_process_host.hpp"
#include "tenants/kernel_port.hpp"
#include "tenants/kernel_seat.hpp"

namespace corncob::tenants {

/// Shared by its handle (HostedKernel), its thread and the host; thread-safe.
class KernelThread : public std::enable_shared_from_this<KernelThread> {
 public:
    KernelThread(InProcessHost& host, HostedKernelSettings settings, std::shared_ptr<HostEvents> events);

    /// Takes a seat, if a spare one is prepared.
    bool prepare();
    void submit(SharedRequest request);
    void interrupt();
    void hold_output(bool held) { port_->hold_output(held); }
    void stop();
    const std::shared_ptr<KernelPort>& port() const { return port_; }
    /// Cells can run, and language requests be answered. The kernel's thread.
    void on_ready();
    /// The thread has run its last line of Python. The kernel's thread.
    void finish_soon(interpreter::KernelEnd last);
    /// Waits for the thread; called by the housekeeper when it has run its last line.
    void join();
    /// Its end was told before it came. The housekeeper's thread.
    bool disowned() const { return disowned_; }

 private:
    void insist(std::chrono::milliseconds patience);
    void interrupt_programs(std::chrono::milliseconds patience);
    void ensure_thread_locked();
    /// The host knows of this thread.
    void sit_down_locked(std::shared_ptr<KernelSeat> seat);
    void end_soon(interpreter::KernelEnd last);
    /// Answered, or handed on, beside what the kernel's thread runs; it is ready.
    void post_beside(const SharedRequest& request);
    void refuse(const SharedRequest& request, const std::string& why);
    void disown();
    /// Tells the kernel, once: from the housekeeper, after the thread is joined or when it is disowned.
    void end(EndReason reason, std::string detail);

    InProcessHost& host_;
    const std::shared_ptr<HostEvents> events_;
    const std::shared_ptr<OutputBuffer> outputs_;
    const std::shared_ptr<KernelPrograms> programs_;
    const std::shared_ptr<KernelPort> port_;
    std::atomic<bool> ended_{false};
    std::atomic<bool> programs_wait_{false};  // for their interrupt
    bool disowned_ = false;                   // of the housekeeper's thread

    std::mutex mutex_;
    std::shared_ptr<KernelSeat> seat_;  // once it is prepared, or a request needs Python
    bool ready_ = false;
    bool stopping_ = false;
    std::vector<SharedRequest> waiting_for_ready_;  // language requests; at most kLanguageRequestsMax
};

}  // namespace corncob::tenants
