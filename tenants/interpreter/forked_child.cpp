#include "tenants/interpreter/forked_child.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace corncob::tenants::interpreter {
namespace {

constexpr int kDaemonsSignals[] = {SIGTERM, SIGINT};
std::atomic<bool> is_child{false};
thread_local sigset_t mask_before_fork;

void before_fork() {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int number : kDaemonsSignals) sigaddset(&blocked, number);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before_fork);
}

void after_fork_in_parent() {
    ::pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
}

void after_fork_in_child() {
    is_child = true;
    for (const int number : kDaemonsSignals) ::signal(number, SIG_DFL);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_fork, nullptr);
}

}  // namespace

void watch_forks() {
    // Once: a second round would take the mask that the first one has set for the one that was there before.
    static const int registered = ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    static_cast<void>(registered);
}

bool in_forked_child() {
    return is_child;
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR) return;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void end_forked_child() {
    if (is_child) ::_exit(0);
}

}  // namespace corncob::tenants::interpreter
