#include "server/net/io_pool.hpp"

#include <boost/asio/post.hpp>

namespace corncob::server {

IoPool::IoPool(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
        // The hint says that one thread runs the context; posting from other threads stays safe.
        contexts_.push_back(std::make_unique<asio::io_context>(1));
        guards_.emplace_back(contexts_.back()->get_executor());
    }
}

IoPool::~IoPool() {
    abandon();
    join();
}

Executor IoPool::next() {
    const std::size_t index = turn_.fetch_add(1, std::memory_order_relaxed) % contexts_.size();
    return contexts_[index]->get_executor();
}

void IoPool::start() {
    for (const auto& context : contexts_) {
        threads_.emplace_back([&context = *context] { context.run(); });
    }
}

void IoPool::finish() {
    for (std::size_t i = 0; i < guards_.size(); ++i) {
        // A guard may only be touched by one thread; its own one is always there to do it.
        asio::post(*contexts_[i], [&guard = guards_[i]] { guard.reset(); });
    }
}

void IoPool::abandon() {
    for (const auto& context : contexts_) context->stop();
}

void IoPool::join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace corncob::server
