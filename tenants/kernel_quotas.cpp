// Quotas that a kernel keeps by itself: how often it is asked, and how long its cells run.
#include <algorithm>
#include <string>
#include <utility>

#include "protocol/json_text.hpp"
#include "tenants/kernel.hpp"
#include "tenants/kernel_incarnation.hpp"

namespace corncob::tenants {

using protocol::MsgType;

namespace {

constexpr std::chrono::milliseconds kOverdueRetry{1000};  // between interrupts of a cell that goes on
constexpr std::chrono::seconds kOverdueGrace{10};         // from the first one on; then the kernel begins anew

/// What ends something, and answers, are let through: a tenant must get out of what it is in.
bool is_metered(MsgType type) {
    return type != MsgType::interrupt_request && type != MsgType::shutdown_request && type != MsgType::input_reply;
}

std::string on_stderr(const std::string& text) {
    return R"({"name":"stderr","text":)" + protocol::json_string(text) + "}";
}

}  // namespace

bool Kernel::take_request(const SharedRequest& request) {
    const MsgType type = request->message.header.msg_type;
    if (!surroundings_.requests || !is_metered(type)) return true;
    const auto taken = surroundings_.requests->take(surroundings_.clock.steady_now());
    if (taken) return true;
    if (protocol::reply_type(type)) {
        refuse(request, "TooManyRequests", taken.error().detail);
    } else {  // nobody waits for an answer to a comm message, but its sender must know that it is lost
        publish_status(request, "busy");
        publish(request, MsgType::stream,
                on_stderr(std::string(protocol::wire_name(type)) + " refused: " + taken.error().detail + "\n"));
        publish_status(request, "idle");
    }
    return false;
}

void Kernel::watch_time() {
    if (!surroundings_.timers || surroundings_.cell_time_max.count() == 0 || time_watched_) return;
    const auto first = shells_.first_begun();
    if (!first.cell) return;
    time_watched_ = true;
    const auto ran = surroundings_.clock.steady_now() - first.at;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(surroundings_.cell_time_max - ran);
    surroundings_.timers->post_after(first.cell->overdue ? kOverdueRetry : std::max(left, std::chrono::milliseconds(1)),
                                     [weak = weak_from_this()] {
                                         if (const auto kernel = weak.lock()) kernel->look_for_overdue_cells();
                                     });
}

/// On the timers' thread.
void Kernel::look_for_overdue_cells() {
    const std::lock_guard lock(mutex_);
    time_watched_ = false;
    const auto first = shells_.first_begun();
    if (!first.cell) return;
    const auto ran = surroundings_.clock.steady_now() - first.at;
    if (ran >= surroundings_.cell_time_max) stop_overdue_cell(first.cell, ran);
    watch_time();
}

void Kernel::stop_overdue_cell(const SharedRequest& cell, std::chrono::nanoseconds ran) {
    const auto limit = std::chrono::duration_cast<std::chrono::seconds>(surroundings_.cell_time_max).count();
    if (!std::exchange(cell->overdue, true)) {
        surroundings_.observer.limit_hit(identity_.tenant, "cell_seconds_max");
        publish(cell, MsgType::stream,
                on_stderr("\ncell_seconds_max: this cell has run for the " + std::to_string(limit) +
                          " s that one cell may, and is interrupted\n"));
    }
    if (ran < surroundings_.cell_time_max + kOverdueGrace) return interrupt_incarnation();
    const auto old = retire();
    come_back("cell_seconds_max is " + std::to_string(limit) + ", and a cell that ran longer did not stop");
    if (old) old->stop([] {});
}

}  // namespace corncob::tenants
