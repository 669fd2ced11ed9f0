// The door of `corncob attach`: accepts on a Unix socket, and gives each that comes a kernel of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "server/attach/attachment.hpp"
#include "server/net/io_pool.hpp"
#include "server/task_group.hpp"

namespace corncob::server {

inline constexpr std::size_t kAttachmentsMax = 10'000;  ///< at the same time; beyond: closed at once

/// Of the pool's first thread, but for its attachments. References outlive it.
class AttachDoor {
 public:
    AttachDoor(AttachSurroundings surroundings, IoPool& pool, TaskGroup& tasks)
        : surroundings_(std::move(surroundings)), pool_(pool), tasks_(tasks), socket_(pool.main()) {}

    /// Takes the path. The failure is a sentence for the operator.
    Result<void, AttachSocketErrc> open(const std::string& path) { return socket_.open(path); }
    /// Attach processes that are connected. Any thread.
    std::size_t attached() const { return attached_; }
    /// The accept loop, until it is cancelled.
    Awaitable<void> run();

 private:
    Awaitable<void> serve_one(LocalSocket socket);

    const AttachSurroundings surroundings_;
    IoPool& pool_;
    TaskGroup& tasks_;
    AttachSocket socket_;
    std::atomic<std::size_t> attached_{0};
};

}  // namespace corncob::server
