// The two-way door of one kernel in this process: mail in, outputs out, interrupts.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tenants/host.hpp"
#include "tenants/interruptible.hpp"
#include "tenants/kernel_pipes.hpp"
#include "tenants/kernel_programs.hpp"
#include "tenants/output_buffer.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kMailboxMessagesMax = 10000;  ///< beyond: refused

/// Between the daemon's threads and the one thread that runs the kernel's code. Thread-safe unless a comment says
/// which thread may call. Never takes the GIL.
class KernelPort final : public Interruptible {
 public:
    /// `pipes`: of what the kernel's code starts; null: none can be opened. `programs`: what it starts itself.
    KernelPort(HostedKernelSettings settings, std::shared_ptr<OutputBuffer> outputs,
               std::shared_ptr<KernelPipes> pipes = nullptr, std::shared_ptr<KernelPrograms> programs = nullptr);
    ~KernelPort() override;

    const HostedKernelSettings& settings() const { return settings_; }
    OutputBuffer& outputs() { return *outputs_; }

    // The daemon's side.

    /// False if the mailbox is full or closed; the request is not taken then.
    bool post(SharedRequest request);
    /// A request comes by another way than the mailbox, and will be replied to (runs_beside).
    void expect(const SharedRequest& request);
    /// It is replied to, or will not be.
    void settle(const SharedRequest& request);
    /// An input_reply for whoever waits in ask_input; dropped if nobody does.
    void post_input(std::string content_json);
    /// Marks what runs now as interrupted and wakes the kernel's thread if it waits here. False if no code of the
    /// user's does: no cell, no callback of a comm.
    bool request_interrupt();
    /// The same for one cell alone, which the kernel's Python knows.
    bool break_in();
    /// It no longer wants that.
    void withdraw_break_in();
    /// While held, await_output() waits.
    void hold_output(bool held);
    /// The kernel is to end: what runs is interrupted, again and again until it ends.
    void close();
    void wake();

    // The kernel's side.

    /// For whom an interrupt is.
    enum class Interrupt : std::uint8_t { none, cell, kernel };
    /// The one that is pending, once. One for the kernel is for the cell, too.
    Interrupt take_interrupt_of();

    struct Mail {
        std::vector<SharedRequest> requests;
        bool attention = false;  ///< closed, or an interrupt is pending
        bool woken = false;      ///< wake() was called
    };
    /// Waits for mail, a wake, an interrupt, close(), or the timeout (none: for ever).
    Mail take(std::optional<std::chrono::nanoseconds> timeout);
    /// Who asks: an interrupt ends the wait of the kernel's own thread, not that of threads beside it; those can be
    /// told by withdraw_input(question) that nobody wants to know any more (0: never).
    struct Asker {
        bool interruptible = true;
        std::uint64_t question = 0;
    };
    /// The content of the input_reply, or nothing if the kernel was interrupted or closed meanwhile, or the question
    /// withdrawn. One question at a time goes out: who asks while another waits for its answer waits for that.
    std::optional<std::string> ask_input(const SharedRequest& parent, std::string content_json, Asker asker);
    /// Also before it has been asked; once for each question.
    void withdraw_input(std::uint64_t question);
    void reply(const SharedRequest& request, Reply reply);
    /// Waits while output is held: until it is released, the port is closed, or, on the kernel's own thread, an
    /// interrupt is pending (false then). Any thread that runs the kernel's code; without the GIL.
    bool await_output();
    /// An end for programs to write to (kernel_pipes.hpp).
    corncob::Result<int, std::errc> open_pipe(SharedRequest parent, const std::string& stream, KernelPipes::Kind kind);
    /// What programs have printed by now is put out before what follows. Called by reply() and ask_input().
    void collect_pipes() {
        if (pipes_ && pipes_->any()) pipes_->collect();
    }
    /// A child of this process that the kernel's code has started: it ends with the kernel.
    void note_program(pid_t child, KernelPrograms::Kind kind = KernelPrograms::Kind::member) {
        if (programs_) programs_->add(child, kind);
    }
    std::vector<pid_t> children() { return programs_ ? programs_->children() : std::vector<pid_t>(); }
    bool output_held() const { return output_held_.load(std::memory_order_acquire); }
    bool closed() const { return closed_.load(std::memory_order_acquire); }
    /// A descriptor that becomes readable when take() would not wait; made at its first use, owned here.
    int wake_fd();

    /// Whether the kernel's thread waits for mail, or for its turn to look at it: no code of the user's runs there, and
    /// none has to be interrupted. Set by that thread.
    void set_idle(bool idle) { idle_.store(idle, std::memory_order_release); }
    bool idle() const { return idle_.load(std::memory_order_acquire); }

    /// Whether the kernel's thread has a working directory of its own; set before it runs Python.
    void set_owns_directory(bool owns) { owns_directory_.store(owns, std::memory_order_release); }
    bool owns_directory() const { return owns_directory_.load(std::memory_order_acquire); }

 private:
    void signal_locked();
    bool attention() const { return closed() || interrupt_pending(); }

    const HostedKernelSettings settings_;
    const std::shared_ptr<OutputBuffer> outputs_;
    const std::shared_ptr<KernelPipes> pipes_;
    const std::shared_ptr<KernelPrograms> programs_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<SharedRequest> mail_;
    bool asking_ = false;  // a question is out
    std::optional<std::string> input_;
    std::set<std::uint64_t> withdrawn_;  // questions whose asker has not seen it yet
    bool woken_ = false;
    bool is_for_kernel_ = false;  // the interrupt that is pending, if one is
    int in_flight_ = 0;           // cells and comm messages without a reply yet
    int wake_fd_ = -1;
    std::atomic<bool> closed_{false};
    std::atomic<bool> output_held_{false};
    std::atomic<bool> owns_directory_{false};
    std::atomic<bool> idle_{false};
};

}  // namespace corncob::tenants
