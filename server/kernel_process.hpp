// `corncob kernel`: one kernel on the five sockets of a connection file, as a process of its own. The composition root
// beside Gateway, of the same parts.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/signal_set.hpp>

#include "config/gateway_config.hpp"
#include "server/log.hpp"
#include "server/parent_watch.hpp"
#include "server/zmq/zmq_endpoint.hpp"
#include "server/zmq/zmq_reactor.hpp"
#include "tenants/clock.hpp"
#include "tenants/kernelspec.hpp"
#include "tenants/observer.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

struct KernelCommand {
    std::string connection_file;        ///< made if there is none; its wildcard ports are filled in
    std::optional<pid_t> parent_pid{};  ///< who has started it (JPY_PARENT_PID): its end is ours
};

/// Belongs to the thread that makes it.
class KernelProcess {
 public:
    KernelProcess(config::GatewayConfig config, KernelCommand command, std::shared_ptr<Log> log,
                  std::unique_ptr<tenants::Host> host);

    /// Binds the sockets and writes the connection file. The failure is a sentence for the operator.
    ConnectionResult<void> open();

    /// Serves until the kernel ends: a client's shutdown_request (restart or not: whoever restarts a kernel process
    /// starts a new one), exit() in a cell, SIGTERM. Returns the exit code: 0, or 1 where the parent has died or the
    /// kernel's Python has ended by itself and not by exit(). SIGINT interrupts the cell; a second SIGTERM ends the
    /// process at once.
    int run();

    /// What SIGTERM does. Any thread.
    void stop();

 private:
    using Signals = asio::basic_signal_set<Executor>;

    ConnectionResult<ConnectionInfo> wanted_connection();
    void wait_for_signal();
    void on_signal(int number);
    void say_farewell();
    void begin_end(int exit_code);
    void end_if_done();

    const config::GatewayConfig config_;
    const KernelCommand command_;
    const std::shared_ptr<Log> log_;
    tenants::SystemClock clock_;
    tenants::Observer observer_;
    DoorObserver doors_;
    const tenants::Kernelspecs kernelspecs_;
    const std::unique_ptr<tenants::Host> host_;
    tenants::TenantRegistry tenants_;

    asio::io_context io_{1};
    Signals signals_;
    Timer deadline_;
    std::optional<ParentWatch> parent_;
    ZmqReactor reactor_;
    std::shared_ptr<tenants::Kernel> kernel_;
    std::shared_ptr<ZmqEndpoint> endpoint_;
    std::optional<ConnectionInfo> connection_;  // once the sockets are open
    std::optional<int> exit_code_;              // once it is ending
    bool sockets_closed_ = false;
    bool kernel_stopped_ = false;
};

}  // namespace corncob::server
