#include "tenants/kernel_port.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace corncob::tenants {

using protocol::MsgType;

KernelPort::KernelPort(HostedKernelSettings settings, std::shared_ptr<OutputBuffer> outputs,
                       std::shared_ptr<KernelPipes> pipes, std::shared_ptr<KernelPrograms> programs)
    : settings_(std::move(settings)),
      outputs_(std::move(outputs)),
      pipes_(std::move(pipes)),
      programs_(std::move(programs)) {}

KernelPort::~KernelPort() {
    if (wake_fd_ >= 0) ::close(wake_fd_);
}

bool KernelPort::post(SharedRequest request) {
    const std::lock_guard lock(mutex_);
    if (closed() || mail_.size() >= kMailboxMessagesMax) return false;
    if (runs_user_code(*request)) ++in_flight_;
    mail_.push_back(std::move(request));
    signal_locked();
    return true;
}

void KernelPort::expect(const SharedRequest& request) {
    const std::lock_guard lock(mutex_);
    if (runs_user_code(*request)) ++in_flight_;
}

void KernelPort::settle(const SharedRequest& request) {
    if (!runs_user_code(*request)) return;
    const std::lock_guard lock(mutex_);
    // An interrupt that came too late for its cell is withdrawn: the next cell is another one.
    if (--in_flight_ == 0) interrupt_flag().store(false, std::memory_order_release);
}

void KernelPort::post_input(std::string content_json) {
    const std::lock_guard lock(mutex_);
    if (!asking_) return;  // an answer to an earlier question, too late
    input_ = std::move(content_json);
    signal_locked();
}

bool KernelPort::request_interrupt() {
    const std::lock_guard lock(mutex_);
    if (in_flight_ == 0 && !closed()) return false;
    is_for_kernel_ = true;
    interrupt_flag().store(true, std::memory_order_release);
    signal_locked();
    return true;
}

bool KernelPort::break_in() {
    const std::lock_guard lock(mutex_);
    if (in_flight_ == 0) return false;
    is_for_kernel_ = is_for_kernel_ && interrupt_pending();
    interrupt_flag().store(true, std::memory_order_release);
    signal_locked();
    return true;
}

void KernelPort::withdraw_break_in() {
    const std::lock_guard lock(mutex_);
    if (!is_for_kernel_) interrupt_flag().store(false, std::memory_order_release);
}

KernelPort::Interrupt KernelPort::take_interrupt_of() {
    const std::lock_guard lock(mutex_);
    if (!take_interrupt()) return Interrupt::none;
    return std::exchange(is_for_kernel_, false) ? Interrupt::kernel : Interrupt::cell;
}

void KernelPort::hold_output(bool held) {
    const std::lock_guard lock(mutex_);
    output_held_.store(held, std::memory_order_release);
    if (pipes_) pipes_->hold(held);
    changed_.notify_all();
}

void KernelPort::close() {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_release);
    is_for_kernel_ = true;
    if (in_flight_ > 0) interrupt_flag().store(true, std::memory_order_release);
    if (pipes_) pipes_->close();
    signal_locked();
}

void KernelPort::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    signal_locked();
}

void KernelPort::signal_locked() {
    changed_.notify_all();
    if (wake_fd_ >= 0) ::eventfd_write(wake_fd_, 1);
}

KernelPort::Mail KernelPort::take(std::optional<std::chrono::nanoseconds> timeout) {
    std::unique_lock lock(mutex_);
    const auto something = [this] { return !mail_.empty() || woken_ || attention(); };
    if (!timeout) {
        changed_.wait(lock, something);
    } else if (timeout->count() > 0) {
        changed_.wait_for(lock, *timeout, something);
    }
    Mail mail;
    mail.requests.assign(std::make_move_iterator(mail_.begin()), std::make_move_iterator(mail_.end()));
    mail.attention = attention();
    mail.woken = std::exchange(woken_, false);
    mail_.clear();
    if (pipes_) {
        for (const SharedRequest& request : mail.requests) {
            if (request->message.header.msg_type == MsgType::execute_request) pipes_->follow(request);
        }
    }
    if (wake_fd_ >= 0) {
        eventfd_t unused;
        ::eventfd_read(wake_fd_, &unused);
    }
    return mail;
}

std::optional<std::string> KernelPort::ask_input(const SharedRequest& parent, std::string content_json, Asker asker) {
    std::unique_lock lock(mutex_);
    const auto given_up = [&] {
        return closed() || (asker.interruptible && interrupt_pending()) || withdrawn_.contains(asker.question);
    };
    changed_.wait(lock, [&] { return !asking_ || given_up(); });
    if (!given_up()) {
        asking_ = true;
        lock.unlock();
        collect_pipes();
        outputs_->input_request(parent, std::move(content_json));
        lock.lock();
        changed_.wait(lock, [&] { return input_.has_value() || given_up(); });
        asking_ = false;
        changed_.notify_all();
        auto answer = std::exchange(input_, std::nullopt);
        if (!given_up()) return answer;
    }
    withdrawn_.erase(asker.question);
    if (asker.interruptible) interrupt_flag().store(false, std::memory_order_release);
    return std::nullopt;
}

void KernelPort::withdraw_input(std::uint64_t question) {
    const std::lock_guard lock(mutex_);
    withdrawn_.insert(question);
    changed_.notify_all();
}

bool KernelPort::await_output() {
    // Ctrl-C is for the kernel's own thread, as in any Python: the threads of a cell wait on.
    const bool interruptible = is_this_thread();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !output_held() || closed() || (interruptible && interrupt_pending()); });
    return !interruptible || !interrupt_pending();
}

corncob::Result<int, std::errc> KernelPort::open_pipe(SharedRequest parent, const std::string& stream,
                                                      KernelPipes::Kind kind) {
    if (!pipes_) return Failure<std::errc>{std::errc::function_not_supported, "this kernel has no pipes"};
    return pipes_->open(std::move(parent), stream, kind);
}

void KernelPort::reply(const SharedRequest& request, Reply reply) {
    collect_pipes();
    settle(request);
    outputs_->reply(request, std::move(reply));
}

int KernelPort::wake_fd() {
    const std::lock_guard lock(mutex_);
    if (wake_fd_ < 0)
        wake_fd_ = ::eventfd(mail_.empty() && !woken_ && !attention() ? 0 : 1, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_fd_;
}

}  // namespace corncob::tenants
