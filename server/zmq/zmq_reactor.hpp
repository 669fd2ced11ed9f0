// The only thread that touches ZMQ sockets, and the context they live in.
//
// Its io_context is where other threads hand things over; a ZMQ socket is watched by the descriptor that it signals
// on. No code of this thread blocks or takes the GIL, so heartbeats are answered whatever the cells do.
#pragma once

#include <memory>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "server/net/executor.hpp"

namespace zmq {
class context_t;
}

namespace corncob::server {

/// Everything that lives on its thread must be closed before stop().
class ZmqReactor {
 public:
    /// Starts the thread.
    ZmqReactor();
    ~ZmqReactor();

    Executor executor() { return io_.get_executor(); }
    zmq::context_t& context() { return *context_; }

    /// Ends the thread once what was posted is done and nothing is watched, then waits until what closed sockets still
    /// had to send is sent, or has waited for their linger time. Idempotent.
    void stop();

 private:
    asio::io_context io_{1};
    asio::executor_work_guard<Executor> guard_;
    std::unique_ptr<zmq::context_t> context_;
    std::thread thread_;
};

}  // namespace corncob::server
