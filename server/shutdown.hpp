// From the signal to the end: drain, close, stop.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include <boost/asio/signal_set.hpp>

#include "server/log.hpp"
#include "server/net/executor.hpp"
#include "server/net/io_pool.hpp"
#include "server/server_state.hpp"
#include "server/task_group.hpp"
#include "server/websocket/websocket_registry.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// SIGTERM or SIGINT: /readyz turns 503 and new kernels and cells are refused; running cells may finish until the
/// drain timeout; kernels are shut down; WebSockets close with 1012, HTTP connections after the request they are at;
/// the IO threads end. A second signal ends the process at once with exit code 1.
class Shutdown {
 public:
    struct Parts {
        IoPool& pool;
        ServerState& state;
        tenants::TenantRegistry& tenants;
        WebsocketRegistry& websockets;
        TaskGroup& tasks;
        Log& log;
    };
    Shutdown(Parts parts, std::chrono::seconds drain_timeout);

    /// Takes the signals over. Before the pool starts.
    void arm();
    /// What the first signal does. Any thread; a second call does nothing.
    void begin();

 private:
    using Signals = asio::basic_signal_set<Executor>;

    void wait_for_signal();
    void on_signal(const ErrorCode& error, int number);
    Awaitable<void> run();
    Awaitable<void> drain();
    Awaitable<void> end_kernels();
    Awaitable<void> close_connections();

    Parts parts_;
    const std::chrono::seconds drain_timeout_;
    Signals signals_;
    std::atomic<bool> begun_{false};
};

}  // namespace corncob::server
