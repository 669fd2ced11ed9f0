#include "server/net/deadline.hpp"

#include <utility>

namespace corncob::server {

Deadline::Deadline(Executor executor, std::function<void()> cancel)
    : state_(std::make_shared<State>(executor, std::move(cancel))) {}

Deadline::~Deadline() {
    state_->cancel = nullptr;
    state_->timer.cancel();
}

void Deadline::arm(std::chrono::milliseconds from_now) {
    state_->expired = false;
    state_->expiry = std::chrono::steady_clock::now() + from_now;
    if (state_->expiry < state_->waiting_until) wait(state_);
}

void Deadline::disarm() {
    state_->expired = false;
    state_->expiry = Time::max();
}

void Deadline::wait(const std::shared_ptr<State>& state) {
    state->waiting_until = state->expiry;
    state->timer.expires_at(state->expiry);
    state->timer.async_wait([state](const ErrorCode& error) { on_timer(state, error); });
}

void Deadline::on_timer(const std::shared_ptr<State>& state, const ErrorCode& error) {
    if (error || !state->cancel) return;  // replaced by an earlier deadline, or nobody waits any more
    state->waiting_until = Time::max();
    if (state->expiry == Time::max()) return;
    if (state->expiry > std::chrono::steady_clock::now()) return wait(state);
    state->expired = true;
    state->expiry = Time::max();
    state->cancel();
}

}  // namespace corncob::server
