#include "tenants/memory_shares.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace corncob::tenants {

std::size_t resident_bytes() {
    static const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::array<char, 128> text{};
    if (file < 0 || ::pread(file, text.data(), text.size() - 1, 0) <= 0) return 0;
    char* rest = nullptr;
    std::strtoull(text.data(), &rest, 10);  // the address space comes first
    return std::strtoull(rest, nullptr, 10) * page;
}

MemoryShares::MemoryShares(const Clock& clock, Resident resident)
    : clock_(clock), resident_(std::move(resident)), last_(resident_()), settled_(clock.steady_now()) {}

void MemoryShares::measure() {
    const std::lock_guard lock(mutex_);
    settle(clock_.steady_now());
}

std::size_t MemoryShares::resident() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

void MemoryShares::set_running(MemoryShare& share, bool running) {
    const std::lock_guard lock(mutex_);
    if (share.running_ == running) return;
    const auto now = clock_.steady_now();
    const bool last = !running && running_ == 1;
    if (last || now - settled_ >= kMemoryInterval) settle(now);
    if (!running) pause(share, now);
    running ? ++running_ : --running_;
    share.running_ = running;
    share.began_ = now;
    if (running && !std::exchange(share.listed_, true)) ran_.push_back(&share);
}

void MemoryShares::pause(MemoryShare& share, Clock::Steady now) {
    share.ran_for_ += now - share.began_;
    share.began_ = now;
}

void MemoryShares::forget(MemoryShare& share) {
    const std::lock_guard lock(mutex_);
    std::erase(ran_, &share);
    if (share.running_) --running_;
}

void MemoryShares::settle(Clock::Steady now) {
    const std::size_t resident = resident_();
    const double growth = static_cast<double>(resident) - static_cast<double>(std::exchange(last_, resident));
    settled_ = now;
    std::chrono::nanoseconds whole{};
    for (MemoryShare* share : ran_) {
        if (share->running_) pause(*share, now);
        whole += share->ran_for_;
    }
    for (MemoryShare* share : ran_) {
        const auto ran_for = std::exchange(share->ran_for_, {});
        if (ran_for.count() <= 0) continue;
        const double part = static_cast<double>(ran_for.count()) / static_cast<double>(whole.count());
        share->bytes_ = std::max(0.0, share->bytes_ + growth * part);
    }
    std::erase_if(ran_, [](MemoryShare* share) { return !(share->listed_ = share->running_); });
}

MemoryShare::~MemoryShare() {
    if (shares_) shares_->forget(*this);
}

void MemoryShare::set_running(bool running) {
    if (shares_) shares_->set_running(*this, running);
}

void MemoryShare::clear() {
    if (!shares_) return;
    const std::lock_guard lock(shares_->mutex_);
    bytes_ = 0;
}

std::size_t MemoryShare::bytes() const {
    if (!shares_) return 0;
    const std::lock_guard lock(shares_->mutex_);
    return static_cast<std::size_t>(bytes_);
}

}  // namespace corncob::tenants
