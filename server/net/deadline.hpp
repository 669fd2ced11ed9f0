// A deadline on what a socket is waiting for: when it passes, the socket's operations are cancelled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "server/net/executor.hpp"

namespace corncob::server {

/// Belongs to the thread of its socket. The socket outlives it. Moving the deadline costs no timer operation, as the
/// one timer that is set is looked at again only when it fires.
class Deadline {
 public:
    template <class Socket>
    explicit Deadline(Socket& socket)
        : Deadline(socket.get_executor(), [&socket] {
              ErrorCode ignored;
              socket.cancel(ignored);
          }) {}
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void arm(std::chrono::milliseconds from_now);
    void disarm();
    /// The last armed deadline has passed. Look at it after each operation: one that had completed already is not
    /// cancelled.
    bool expired() const { return state_->expired; }

 private:
    using Time = std::chrono::steady_clock::time_point;
    struct State {
        State(Executor executor, std::function<void()> cancel_socket)
            : cancel(std::move(cancel_socket)), timer(executor) {}
        std::function<void()> cancel;  // none once the Deadline is gone
        Timer timer;
        Time expiry = Time::max();
        Time waiting_until = Time::max();
        bool expired = false;
    };
    Deadline(Executor executor, std::function<void()> cancel);
    static void wait(const std::shared_ptr<State>& state);
    static void on_timer(const std::shared_ptr<State>& state, const ErrorCode& error);

    const std::shared_ptr<State> state_;  // shared with the timer's handler, which may run after the destructor
};

}  // namespace corncob::server
