// A thread beside those of the connections, for answers that take long to make.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/completion.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {

/// Thread-safe. Answers are made one after another, in the order in which they are asked for; each of them waits for a
/// request's answer, so the server's connections bound how many.
class SideThread {
 public:
    ~SideThread() { thread_.join(); }

    /// What `make` gives, called there; nothing: it has taken longer than `limit`. What `make` refers to outlives this.
    template <class Value>
    Awaitable<std::optional<Value>> ask(std::function<Value()> make, std::chrono::milliseconds limit) {
        const Executor executor = co_await asio::this_coro::executor;
        Completion made(executor);
        const auto value = std::make_shared<std::optional<Value>>();
        asio::post(thread_, [value, make = std::move(make), notify = made.notifier()] {
            value->emplace(make());
            notify();
        });
        const bool in_time = co_await made.wait(limit);
        std::optional<Value> answer;
        if (in_time) answer = std::move(*value);
        co_return answer;
    }

 private:
    asio::thread_pool thread_{1};
};

}  // namespace corncob::server
