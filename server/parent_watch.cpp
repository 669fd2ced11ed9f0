#include "server/parent_watch.hpp"

#include <unistd.h>

#include <utility>

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr pid_t kInit = 1;

}  // namespace

ParentWatch::ParentWatch(Executor executor, pid_t parent)
    : timer_(executor), parent_(::getppid() == kInit && parent != kInit ? parent : ::getppid()) {}

void ParentWatch::start(std::function<void()> gone) {
    gone_ = std::move(gone);
    look_again();
}

void ParentWatch::stop() {
    gone_ = nullptr;
    timer_.cancel();
}

void ParentWatch::look_again() {
    if (::getppid() != parent_) {
        if (const auto gone = std::exchange(gone_, nullptr)) gone();
        return;
    }
    timer_.expires_after(kInterval);
    timer_.async_wait([this](const ErrorCode& error) {
        if (!error) look_again();
    });
}

}  // namespace corncob::server
