#include "tenants/kernel_programs.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

extern "C" {  // the C library 2.36 forgets it
#include <sys/pidfd.h>
}

namespace corncob::tenants {
namespace {

constexpr std::chrono::milliseconds kReapPause{20};        // doubled from look to look
constexpr std::chrono::milliseconds kReapPauseMax{5'000};  // one that SIGKILL does not end hangs in the system: a disk

/// False: somebody has waited for it.
bool is_child(int pidfd, int options) {
    siginfo_t ignored{};
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &ignored, WEXITED | WNOHANG | options) == 0;
}

}  // namespace

KernelPrograms::~KernelPrograms() {
    forget_gone_locked();
    signal_locked(SIGKILL);
    for (const Program& each : programs_) ::close(each.pidfd);
}

void KernelPrograms::add(pid_t child, Kind kind) {
    const int pidfd = ::pidfd_open(child, 0);
    if (pidfd < 0) return;
    bool ended = false;
    {
        const std::lock_guard lock(mutex_);
        forget_gone_locked();
        programs_.push_back({child, pidfd, kind, false});
        ended = ended_;
    }
    if (ended) kill();
}

void KernelPrograms::aim() {
    const std::lock_guard lock(mutex_);
    for (Program& each : programs_) each.aimed_at = true;
}

void KernelPrograms::interrupt() {
    const std::lock_guard lock(mutex_);
    forget_gone_locked();
    for (Program& each : programs_) {
        if (!std::exchange(each.aimed_at, false)) continue;
        const pid_t group = ::getpgid(each.pid);
        if (group == ::getpgrp()) {
            ::pidfd_send_signal(each.pidfd, SIGINT, nullptr, 0);
        } else if (each.kind == Kind::leader && group == each.pid) {
            ::kill(-group, SIGINT);
        }
    }
}

void KernelPrograms::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    forget_gone_locked();
    if (programs_.empty()) return;
    signal_locked(SIGTERM);
    keeper_.post_after(kProgramGrace, [self = shared_from_this()] { self->kill(); });
}

std::vector<pid_t> KernelPrograms::children() {
    const std::lock_guard lock(mutex_);
    forget_gone_locked();
    std::vector<pid_t> pids;
    for (const Program& each : programs_) pids.push_back(each.pid);
    return pids;
}

void KernelPrograms::forget_gone_locked() {
    std::erase_if(programs_, [](const Program& each) {
        if (is_child(each.pidfd, WNOWAIT)) return false;
        ::close(each.pidfd);
        return true;
    });
}

/// All are children that nobody has waited for: their numbers, and those of the groups that they lead, are theirs.
void KernelPrograms::signal_locked(int number) const {
    for (const Program& each : programs_) {
        ::pidfd_send_signal(each.pidfd, number, nullptr, 0);
        if (::getpgid(each.pid) == each.pid) ::kill(-each.pid, number);
    }
}

void KernelPrograms::kill() {
    const std::lock_guard lock(mutex_);
    forget_gone_locked();
    signal_locked(SIGKILL);
    if (!std::exchange(reaping_, true)) reap_locked(kReapPause);
}

void KernelPrograms::reap_locked(std::chrono::milliseconds pause) {
    for (const Program& each : programs_) is_child(each.pidfd, 0);  // waits for it, if it has ended
    forget_gone_locked();
    reaping_ = !programs_.empty();
    if (!reaping_) return;
    keeper_.post_after(pause, [self = shared_from_this(), pause] {
        const std::lock_guard lock(self->mutex_);
        self->reap_locked(std::min(pause * 2, kReapPauseMax));
    });
}

}  // namespace corncob::tenants
