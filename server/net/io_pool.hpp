// The IO threads: each runs an io_context of its own, so the handlers of one connection need no lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "server/net/executor.hpp"

namespace corncob::server {

/// Everything that holds an Executor must be destroyed before the pool.
class IoPool {
 public:
    explicit IoPool(std::size_t threads);
    ~IoPool();

    /// Where the listener and the shutdown run.
    Executor main() { return contexts_.front()->get_executor(); }
    /// The thread of the next connection, in turn. Any thread.
    Executor next();

    void start();
    /// Threads end when what they still have to do is done. Any thread.
    void finish();
    /// Threads end as soon as they can; what is pending is dropped with the pool. Any thread.
    void abandon();
    void join();

 private:
    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::vector<asio::executor_work_guard<Executor>> guards_;
    std::vector<std::thread> threads_;
    std::atomic<std::size_t> turn_{0};
};

}  // namespace corncob::server
