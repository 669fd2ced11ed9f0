#include "server/attach/attach_door.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>

namespace corncob::server {
namespace {

constexpr std::chrono::milliseconds kBackOff{100};  // out of descriptors

}  // namespace

Awaitable<void> AttachDoor::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    Timer pause(pool_.main());
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        auto [error, socket] = co_await socket_.acceptor().async_accept(pool_.next(), kAsTuple);
        if (!error && attached_ < kAttachmentsMax) {
            const Executor executor = socket.get_executor();
            tasks_.spawn(executor, serve_one(std::move(socket)), "attachment");
        } else if (!error) {
            surroundings_.log.warn("attach: {} are attached; one more is turned away", kAttachmentsMax);
        } else if (error != asio::error::operation_aborted) {
            surroundings_.log.error("attach: cannot accept: {}", error.message());
            pause.expires_after(kBackOff);
            co_await pause.async_wait(kAsTuple);
        }
    }
    socket_.close();
}

Awaitable<void> AttachDoor::serve_one(LocalSocket socket) {
    ++attached_;
    const auto attachment = std::make_shared<Attachment>(std::move(socket), surroundings_);
    co_await attachment->run();
    --attached_;
}

}  // namespace corncob::server
