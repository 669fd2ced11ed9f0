#include "server/shutdown.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/completion.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::milliseconds kLookInterval{20};  // at the cells that still run
constexpr std::chrono::seconds kKernelsTimeout{7};      // a host gives a kernel five seconds to stop
constexpr std::chrono::seconds kGentleTimeout{6};       // a client gets five seconds to answer a close frame
constexpr std::chrono::seconds kHardTimeout{2};
constexpr int kForcedExitCode = 1;

}  // namespace

Shutdown::Shutdown(Parts parts, std::chrono::seconds drain_timeout)
    : parts_(parts), drain_timeout_(drain_timeout), signals_(parts.pool.main()) {}

void Shutdown::arm() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    wait_for_signal();
}

void Shutdown::wait_for_signal() {
    signals_.async_wait([this](const ErrorCode& error, int number) { on_signal(error, number); });
}

void Shutdown::on_signal(const ErrorCode& error, int number) {
    if (error) return;
    if (begun_) {
        parts_.log.critical("signal {} again: ending at once", number);
        std::_Exit(kForcedExitCode);
    }
    parts_.log.info("signal {}: going down", number);
    begin();
    wait_for_signal();
}

void Shutdown::begin() {
    if (begun_.exchange(true)) return;
    // The one coroutine outside the task group: it is the one that waits for the group.
    asio::co_spawn(parts_.pool.main(), run(), [this](std::exception_ptr error) {
        if (error) parts_.log.critical("the shutdown ended by an exception");
        ErrorCode ignored;
        signals_.cancel(ignored);
        if (parts_.tasks.size() > 0 || error) parts_.pool.abandon();
        parts_.pool.finish();
    });
}

Awaitable<void> Shutdown::run() {
    parts_.state.enter(ServerState::Phase::draining);
    parts_.tenants.drain();
    co_await drain();
    co_await end_kernels();
    co_await close_connections();
    parts_.log.info("all connections closed");
}

Awaitable<void> Shutdown::drain() {
    Timer timer(parts_.pool.main());
    const auto deadline = std::chrono::steady_clock::now() + drain_timeout_;
    std::size_t busy = parts_.tenants.busy_kernels();
    if (busy > 0) parts_.log.info("waiting up to {} s for the cells of {} kernels", drain_timeout_.count(), busy);
    while (busy > 0 && std::chrono::steady_clock::now() < deadline) {
        timer.expires_after(kLookInterval);
        co_await timer.async_wait(kAsTuple);
        busy = parts_.tenants.busy_kernels();
    }
    if (busy > 0) parts_.log.warn("drain_timeout_seconds: cells of {} kernels are interrupted", busy);
}

Awaitable<void> Shutdown::end_kernels() {
    Completion ended(parts_.pool.main());
    parts_.tenants.shutdown_all(ended.notifier());
    const bool all = co_await ended.wait(kKernelsTimeout);
    if (!all) parts_.log.error("kernels have not ended within {} s; going on without them", kKernelsTimeout.count());
}

Awaitable<void> Shutdown::close_connections() {
    parts_.state.enter(ServerState::Phase::closing);
    parts_.websockets.close_all(websocket::close_code::service_restart, kServiceRestart);
    parts_.tasks.cancel(asio::cancellation_type::total);
    // GCC 12 miscompiles a co_await that is the condition of an if.
    const bool ended = co_await parts_.tasks.wait(kGentleTimeout);
    if (ended) co_return;
    parts_.log.warn("{} connections do not end; cutting them off", parts_.tasks.size());
    parts_.tasks.cancel(asio::cancellation_type::terminal);
    co_await parts_.tasks.wait(kHardTimeout);
}

}  // namespace corncob::server
