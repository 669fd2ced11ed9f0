#include "server/kernel_process.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/zmq/lone_kernel.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kStopTimeout{2};  // jupyter_client sends SIGTERM 2.5 s after its shutdown_request
constexpr int kForcedExitCode = 1;
constexpr int kParentGoneExitCode = 1;  // ipykernel's
constexpr int kCrashedExitCode = 1;
constexpr const char* kTenant = "default";

}  // namespace

KernelProcess::KernelProcess(config::GatewayConfig config, KernelCommand command, std::shared_ptr<Log> log,
                             std::unique_ptr<tenants::Host> host)
    : config_(std::move(config)),
      command_(std::move(command)),
      log_(std::move(log)),
      kernelspecs_(config_),
      host_(std::move(host)),
      tenants_(config_.tenants, kernelspecs_, *host_, clock_, observer_, 0,
               [this](const std::shared_ptr<tenants::Kernel>&, tenants::TellConnection tell) {
                   // Not before run(): what is told is known by then.
                   asio::post(io_, [this, tell = std::move(tell)] { tell(answer_json(*connection_, false)); });
               }),
      signals_(io_.get_executor()),
      deadline_(io_.get_executor()) {
    if (command_.parent_pid) parent_.emplace(io_.get_executor(), *command_.parent_pid);
}

/// What the file says; without a file, all that is free.
ConnectionResult<ConnectionInfo> KernelProcess::wanted_connection() {
    if (::access(command_.connection_file.c_str(), F_OK) != 0) return new_connection();
    return read_connection_file(command_.connection_file);
}

ConnectionResult<void> KernelProcess::open() {
    auto wanted = wanted_connection();
    if (!wanted) return wanted.error();
    const bool complete = !wanted->has_wildcards();
    tenants::StartKernel lone;
    lone.comes_back = false;
    auto started = tenants_.of(protocol::TenantId(kTenant)).kernels().start(std::move(lone));
    if (!started) return ConnectionFailure{ConnectionErrc::not_bindable, started.error().detail};
    kernel_ = *started;

    ZmqEndpointSettings settings{.message_bytes_max = config_.server.message_bytes_max,
                                 .outbox_bytes_max = config_.server.outbox_bytes_max};
    settings.on_shutdown_request = [this](const protocol::ClientSessionId& from) {
        if (!kernel_->lives_on_without(from)) stop();
    };
    settings.on_closed = [this] {
        asio::post(io_, [this] {
            sockets_closed_ = true;
            exit_code_ ? end_if_done() : say_farewell();
        });
    };
    endpoint_ = std::make_shared<ZmqEndpoint>(reactor_, std::make_shared<LoneKernel>(kernel_), std::move(settings),
                                              clock_, observer_, doors_, *log_);
    std::promise<ConnectionResult<ConnectionInfo>> opened;
    endpoint_->open(std::move(*wanted), [&opened](auto result) { opened.set_value(std::move(result)); });
    auto connection = opened.get_future().get();
    if (!connection) return connection.error();
    connection->path = command_.connection_file;
    connection_ = *connection;
    return complete ? ConnectionResult<void>{} : write_connection_file(command_.connection_file, *connection);
}

int KernelProcess::run() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    wait_for_signal();
    if (parent_) {
        parent_->start([this] {
            log_->warn("the process that started this kernel is gone: ending");
            begin_end(kParentGoneExitCode);
        });
    }
    io_.run();
    reactor_.stop();
    log_->info("kernel ended, exit code {}", *exit_code_);
    return *exit_code_;
}

void KernelProcess::stop() {
    asio::post(io_, [this] { begin_end(EXIT_SUCCESS); });
}

void KernelProcess::wait_for_signal() {
    signals_.async_wait([this](const ErrorCode& error, int number) {
        if (error) return;
        on_signal(number);
        wait_for_signal();
    });
}

void KernelProcess::on_signal(int number) {
    if (number == SIGINT) return kernel_->interrupt();
    if (exit_code_) {
        log_->critical("signal {} again: ending at once", number);
        std::_Exit(kForcedExitCode);
    }
    log_->info("signal {}: ending", number);
    begin_end(EXIT_SUCCESS);
}

/// The kernel has ended by itself.
void KernelProcess::say_farewell() {
    deadline_.expires_after(kFarewell);
    deadline_.async_wait([this](const ErrorCode& error) {
        if (!error) begin_end(kernel_->crashed() ? kCrashedExitCode : EXIT_SUCCESS);
    });
}

/// The first reason counts. The kernel's end closes the sockets; its thread gets a while to run what is to be run.
void KernelProcess::begin_end(int exit_code) {
    if (exit_code_) return;
    exit_code_ = exit_code;
    if (parent_) parent_->stop();
    kernel_->shutdown([this] {
        asio::post(io_, [this] {
            kernel_stopped_ = true;
            end_if_done();
        });
    });
    deadline_.expires_after(kStopTimeout);
    deadline_.async_wait([this](const ErrorCode& error) {
        if (error) return;
        log_->warn("the kernel's code does not end: going without it");
        kernel_stopped_ = true;
        end_if_done();
    });
}

void KernelProcess::end_if_done() {
    if (!sockets_closed_ || !kernel_stopped_) return;
    deadline_.cancel();
    ErrorCode ignored;
    signals_.cancel(ignored);
}

}  // namespace corncob::server
