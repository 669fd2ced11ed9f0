#include "tenants/pipe_reader.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace corncob::tenants {
namespace {

constexpr PipeReader::Id kStop = 0;
constexpr std::size_t kEventsMax = 64;  // of one look

std::errc last_error() {
    return static_cast<std::errc>(errno);
}

int control(int epoll_fd, int operation, int fd, PipeReader::Id id) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = id;
    return ::epoll_ctl(epoll_fd, operation, fd, &event);
}

}  // namespace

void PipeReader::stop() {
    std::unique_lock lock(mutex_);
    std::thread thread = std::move(thread_);
    lock.unlock();
    if (!thread.joinable()) return;
    ::eventfd_write(stop_fd_, 1);
    thread.join();
}

PipeReader::~PipeReader() {
    stop();
    if (stop_fd_ >= 0) ::close(stop_fd_);
    if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

/// 0: it runs.
std::errc PipeReader::start_locked() {
    if (thread_.joinable()) return {};
    if (epoll_fd_ < 0) epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd_ < 0) return last_error();
    if (stop_fd_ < 0) stop_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop_fd_ < 0) return last_error();
    if (control(epoll_fd_, EPOLL_CTL_ADD, stop_fd_, kStop) != 0 && errno != EEXIST) return last_error();
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
        return std::errc::resource_unavailable_try_again;
    }
    return {};
}

corncob::Result<PipeReader::Id, std::errc> PipeReader::watch(int fd, std::weak_ptr<PipeWatcher> watcher) {
    const std::lock_guard lock(mutex_);
    const std::errc problem = start_locked();
    if (problem != std::errc{}) return Failure<std::errc>{problem, "the reader of pipes cannot be started"};
    const Id id = next_++;
    watchers_.emplace(id, std::move(watcher));
    if (control(epoll_fd_, EPOLL_CTL_ADD, fd, id) != 0) {
        const std::errc refused = last_error();
        watchers_.erase(id);
        return Failure<std::errc>{refused, "the pipe cannot be watched"};
    }
    return id;
}

void PipeReader::arm(int fd, Id id) const {
    control(epoll_fd_, EPOLL_CTL_MOD, fd, id);
}

void PipeReader::forget(int fd, Id id) {
    // Explicitly: a forked child may hold the same pipe, and closing it here would not end the watch then.
    control(epoll_fd_, EPOLL_CTL_DEL, fd, id);
    const std::lock_guard lock(mutex_);
    watchers_.erase(id);
}

void PipeReader::run() {
    std::array<epoll_event, kEventsMax> events{};
    for (;;) {
        const int count = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const Id id = events[static_cast<std::size_t>(i)].data.u64;
            if (id == kStop) return;
            std::shared_ptr<PipeWatcher> watcher;
            {
                const std::lock_guard lock(mutex_);
                const auto found = watchers_.find(id);
                if (found != watchers_.end()) watcher = found->second.lock();
            }
            if (watcher) watcher->on_readable();
        }
    }
}

}  // namespace corncob::tenants
