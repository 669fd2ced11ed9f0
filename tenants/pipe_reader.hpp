// One thread of a host that sees which pipes can be read: what programs print that kernels' code has started.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "protocol/result.hpp"

namespace corncob::tenants {

/// Who is told that a descriptor can be read. Called on the reader's thread; must not wait.
class PipeWatcher {
 public:
    virtual ~PipeWatcher() = default;
    virtual void on_readable() = 0;
};

/// Thread-safe. Never takes the GIL; its thread and its two descriptors are made when they are first needed.
/// Descriptors are watched for one event at a time: after on_readable() nothing comes before the next arm().
class PipeReader {
 public:
    PipeReader() = default;
    ~PipeReader();
    PipeReader(const PipeReader&) = delete;
    PipeReader& operator=(const PipeReader&) = delete;

    /// Names a watched descriptor.
    using Id = std::uint64_t;

    /// From now on `watcher`, while it lives, is told when `fd` can be read.
    corncob::Result<Id, std::errc> watch(int fd, std::weak_ptr<PipeWatcher> watcher);
    void arm(int fd, Id id) const;
    /// Before the descriptor is closed.
    void forget(int fd, Id id);
    /// Ends the thread: nobody is told any more.
    void stop();

 private:
    std::errc start_locked();
    void run();

    mutable std::mutex mutex_;  // right of all other locks; not held while a watcher is told
    std::unordered_map<Id, std::weak_ptr<PipeWatcher>> watchers_;  // bounded by kPipesMax a kernel
    Id next_ = 1;
    int epoll_fd_ = -1;
    int stop_fd_ = -1;
    std::thread thread_;
};

}  // namespace corncob::tenants
