// Interrupt, restart and shutdown of a kernel, and what its host says of it.
#include <algorithm>
#include <atomic>
#include <utility>

#include "tenants/kernel.hpp"
#include "tenants/kernel_incarnation.hpp"

namespace corncob::tenants {

using protocol::Channel;
using protocol::MsgType;

void Kernel::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
}

void Kernel::interrupt() {
    for_each_session(&Kernel::interrupt);
    const std::lock_guard lock(mutex_);
    interrupt_incarnation();
}

void Kernel::interrupt_incarnation() {
    const auto is_users = [](const SharedRequest& request) { return runs_user_code(*request); };
    const bool runs = shells_.any_runs() || std::any_of(beside_.begin(), beside_.end(), is_users);
    if (!runs || !incarnation_) return;
    surroundings_.observer.interrupt_requested(identity_.tenant);
    if (!interrupt_asked_ && shells_.any_runs()) interrupt_asked_ = surroundings_.clock.steady_now();
    incarnation_->interrupt();
}

namespace {

/// To be called `times`; the last time it calls `done`.
Kernel::Done countdown(std::size_t times, Kernel::Done done) {
    return [left = std::make_shared<std::atomic<std::size_t>>(times), done = std::move(done)] {
        if (left->fetch_sub(1) == 1) done();
    };
}

}  // namespace

void Kernel::restart(Done done) {
    if (sessions_) {
        const auto living = sessions_->living();
        done = countdown(living.size() + 1, std::move(done));
        for (const auto& each : living) each.kernel->restart(done);
    }
    {
        const std::lock_guard lock(mutex_);
        if (!dead_) {
            const auto old = retire();
            deaths_ = 0;
            audience_.forget_messages();
            begin_anew("the kernel was restarted", true);
            if (old) return old->stop(std::move(done));
        }
    }
    done();
}

void Kernel::shutdown(Done done) {
    if (sessions_) {
        const auto living = sessions_->end();
        done = countdown(living.size() + 1, std::move(done));
        for (const auto& each : living) each.kernel->shutdown(done);
    }
    {
        const std::lock_guard lock(mutex_);
        const auto old = retire();
        if (!dead_) die("the kernel was shut down");
        if (old) return old->stop(std::move(done));
    }
    done();
}

std::shared_ptr<Kernel::Incarnation> Kernel::retire() {
    question_.reset();
    interrupt_asked_.reset();
    return std::exchange(incarnation_, nullptr);
}

void Kernel::begin_anew(const std::string& why, bool asked_for) {
    abort_in_flight(why);
    comms_.clear();
    memory_.clear();
    crashed_ = false;
    modes_ = cell_modes(identity_.spec);
    shells_ = Shells(!modes_.concurrent);
    // Front ends take `restarting` for a kernel that has died and comes back by itself.
    if (!asked_for) publish_status(nullptr, "restarting");
    publish_status(nullptr, "starting");
    publish_status(nullptr, "idle");
}

void Kernel::come_back(const std::string& why) {
    if (!identity_.comes_back) return die(why);
    const auto now = surroundings_.clock.steady_now();
    if (now - std::exchange(last_death_, now) >= kStableAfter) deaths_ = 0;
    if (deaths_ == kAutorestartsMax) return die(why + "; it has ended so too often, and is not restarted");
    ++deaths_;
    surroundings_.observer.kernel_autorestarted(identity_.tenant, identity_.id, why);
    begin_anew(why, false);
}

void Kernel::die(const std::string& why) {
    abort_in_flight(why);
    dead_ = true;
    publish_status(nullptr, "dead");
    audience_.end();
    comms_.clear();
    unit_ = QuotaUnit();
    surroundings_.observer.kernel_ended(identity_.tenant, identity_.id, why);
}

void Kernel::on_ready(const Incarnation& from) {
    const std::lock_guard lock(mutex_);
    if (&from != incarnation_.get()) return;
    surroundings_.observer.kernel_ready(identity_.tenant, identity_.id, identity_.spec.name,
                                        surroundings_.clock.steady_now() - from.asked_for());
}

void Kernel::on_output(const Incarnation& from, const SharedRequest& parent, Output output) {
    const std::lock_guard lock(mutex_);
    if (&from != incarnation_.get()) return;
    comms_.note(output.msg_type, output.content_json);
    publish_output(parent, std::move(output));
}

void Kernel::on_reply(const Incarnation& from, const SharedRequest& request, Reply answered) {
    const std::lock_guard lock(mutex_);
    if (&from != incarnation_.get()) return;
    const bool is_cell = shells_.runs(request);
    if (!is_cell && beside_.erase(request) == 0) return;
    if (is_cell && !answered.failed) deaths_ = 0;
    reply(request, std::move(answered.content_json), std::move(answered.metadata_json));
    publish_status(request, "idle");
    finish_cell(request, answered.failed, answered.abort_queue);
}

void Kernel::on_input_request(const Incarnation& from, const SharedRequest& parent, std::string content_json) {
    const std::lock_guard lock(mutex_);
    if (&from != incarnation_.get() || !parent) return;
    const auto asked =
        messages_.make(Channel::stdin_, MsgType::input_request, parent->message.header_json, std::move(content_json));
    count_message(sent_);
    question_ = Question{asked->message().header.msg_id, parent};
    audience_.answer(asked, parent->client, parent->origin);
}

void Kernel::on_modes(const Incarnation& from, const SharedRequest& caller, CellModes modes) {
    const std::lock_guard lock(mutex_);
    if (&from != incarnation_.get()) return;
    modes_ = modes;
    shells_.set_chained(!modes.concurrent, caller);
    begin_cells();
}

void Kernel::on_ended(Incarnation& from, EndReason reason, const std::string& detail) {
    std::vector<Done> when_ended;
    std::unique_ptr<HostedKernel> hosted;
    {
        const std::lock_guard lock(mutex_);
        if (&from == incarnation_.get()) {
            incarnation_.reset();
            question_.reset();
            crashed_ = reason == EndReason::crashed;
            come_back(detail);
        }
        when_ended = from.take_when_ended();
        hosted = from.take_hosted();
        if (reason == EndReason::disowned) surroundings_.observer.thread_disowned(identity_.tenant, identity_.id);
    }
    for (Done& done : when_ended) done();
}

}  // namespace corncob::tenants
