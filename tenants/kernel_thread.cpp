#include "tenants/kernel_thread.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "protocol/error_content.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;

constexpr std::chrono::milliseconds kInsistInterval{100};  // between interrupts of a kernel that is to end
constexpr std::chrono::milliseconds kTakenInterval{2};     // between looks whether an interrupt has been taken
constexpr std::chrono::milliseconds kTakenWithin{100};     // or it is one of C code that waits for a program

bool is_language_request(MsgType type) {
    return type == MsgType::complete_request || type == MsgType::inspect_request ||
           type == MsgType::is_complete_request || type == MsgType::history_request;
}

}  // namespace

KernelThread::KernelThread(InProcessHost& host, HostedKernelSettings settings, std::shared_ptr<HostEvents> events)
    : host_(host),
      events_(std::move(events)),
      outputs_(std::make_shared<OutputBuffer>(events_, host.housekeeper_)),
      programs_(std::make_shared<KernelPrograms>(host.housekeeper_)),
      port_(std::make_shared<KernelPort>(std::move(settings), outputs_,
                                         std::make_shared<KernelPipes>(outputs_, host.pipe_reader_), programs_)) {}

bool KernelThread::prepare() {
    const std::lock_guard lock(mutex_);
    if (seat_ || stopping_ || ended_) return false;
    auto seat = host_.spares_->take_prepared();
    if (!seat) return false;
    host_.thread_started(shared_from_this());
    sit_down_locked(std::move(seat));
    return true;
}

void KernelThread::submit(SharedRequest request) {
    const MsgType type = request->message.header.msg_type;
    if (type == MsgType::input_reply) {
        port_->post_input(request->message.content_json);
        return;
    }
    const std::lock_guard lock(mutex_);
    if (stopping_ || ended_) return;
    ensure_thread_locked();
    if (!is_language_request(type) && !runs_beside(*request)) {
        if (!port_->post(request)) refuse(request, "the kernel's mailbox is full");
    } else if (ready_) {
        post_beside(request);
    } else if (waiting_for_ready_.size() < kLanguageRequestsMax) {
        waiting_for_ready_.push_back(std::move(request));
    } else {
        refuse(request, "too many language requests are waiting");
    }
}

void KernelThread::interrupt() {
    programs_->aim();
    if (port_->request_interrupt()) host_.interpreter_->interrupt(port_);
    if (!programs_wait_.exchange(true)) interrupt_programs(kTakenWithin);
}

/// Not before the kernel's own code, which may wait for them: it would find them ended, and go on.
void KernelThread::interrupt_programs(std::chrono::milliseconds patience) {
    if (!port_->interrupt_pending() || patience.count() <= 0) {
        programs_wait_ = false;
        return programs_->interrupt();
    }
    host_.housekeeper_.post_after(kTakenInterval, [weak = weak_from_this(), left = patience - kTakenInterval] {
        const auto self = weak.lock();
        if (self && !self->ended_) self->interrupt_programs(left);
    });
}

void KernelThread::stop() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    port_->close();
    if (!seat_) {
        host_.housekeeper_.post([self = shared_from_this()] { self->end(EndReason::stopped, {}); });
        return;
    }
    insist(host_.settings_.stop_deadline);
}

/// Code that catches an interrupt meets the next one, for as long as there is patience.
void KernelThread::insist(std::chrono::milliseconds patience) {
    if (!port_->idle()) {  // it sees by itself that it is to end
        port_->request_interrupt();
        host_.interpreter_->interrupt(port_);
    }
    const auto pause = std::min(kInsistInterval, patience);
    // Weak: a kernel that ends in time must not be kept. No timer outlives it by long, and pins its memory.
    host_.housekeeper_.post_after(pause, [weak = weak_from_this(), left = patience - pause] {
        const auto self = weak.lock();
        if (!self || self->ended_) return;
        if (left.count() > 0) return self->insist(left);
        self->disown();
    });
}

void KernelThread::disown() {
    disowned_ = true;
    host_.thread_disowned();
    end(EndReason::disowned, "its code does not stop; it is disowned");
}

void KernelThread::ensure_thread_locked() {
    if (seat_ || stopping_) return;
    host_.thread_started(shared_from_this());
    try {
        sit_down_locked(host_.spares_->take());
    } catch (const std::system_error& error) {
        stopping_ = true;
        end_soon({EndReason::crashed, std::string("the kernel's thread cannot be started: ") + error.what()});
    }
}

void KernelThread::sit_down_locked(std::shared_ptr<KernelSeat> seat) {
    seat_ = std::move(seat);
    if (auto failed = seat_->assign(shared_from_this())) {
        stopping_ = true;
        end_soon(std::move(*failed));
    }
}

void KernelThread::finish_soon(interpreter::KernelEnd last) {
    {
        const std::lock_guard lock(mutex_);
        ready_ = false;
        stopping_ = true;
    }
    end_soon(std::move(last));
}

void KernelThread::end_soon(interpreter::KernelEnd last) {
    host_.housekeeper_.post([self = shared_from_this(), last = std::move(last)]() mutable {
        self->host_.thread_ended(self);
        self->end(last.reason, std::move(last.detail));
    });
}

void KernelThread::on_ready() {
    outputs_->ready();  // before the lock: it leads to Kernel's
    const std::lock_guard lock(mutex_);
    ready_ = true;
    for (SharedRequest& request : std::exchange(waiting_for_ready_, {})) {
        post_beside(request);
    }
}

void KernelThread::post_beside(const SharedRequest& request) {
    port_->expect(request);
    if (host_.language_.post(port_, request)) return;
    port_->settle(request);
    refuse(request, "too many language requests are waiting");
}

void KernelThread::refuse(const SharedRequest& request, const std::string& why) {
    // Not from within submit(): the caller may hold the lock that on_reply needs.
    host_.housekeeper_.post([port = port_, request, why] {
        Reply reply;
        reply.content_json = protocol::error_content(request->message.header.msg_type, "QueueFull", why);
        reply.failed = true;
        port->outputs().reply(request, std::move(reply));
    });
}

void KernelThread::end(EndReason reason, std::string detail) {
    if (ended_.exchange(true)) return;
    port_->close();
    port_->outputs().close();
    programs_->end();
    events_->on_ended(reason, std::move(detail));
    host_.language_.collect_garbage_soon();
}

void KernelThread::join() {
    if (seat_) seat_->join();
}

}  // namespace corncob::tenants
