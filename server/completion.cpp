#include "server/completion.hpp"

#include <boost/asio/post.hpp>

namespace corncob::server {

std::function<void()> Completion::notifier() const {
    return [state = state_] {
        asio::post(state->timer.get_executor(), [state] {
            state->done = true;
            state->timer.cancel();
        });
    };
}

Awaitable<bool> Completion::wait(std::chrono::milliseconds limit) {
    const auto state = state_;
    if (!state->done) {
        state->timer.expires_after(limit);
        co_await state->timer.async_wait(kAsTuple);
    }
    co_return state->done;
}

}  // namespace corncob::server
