#include "tenants/quota.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace corncob::tenants {
namespace {

constexpr std::chrono::seconds kSecond{1};

}  // namespace

QuotaUnit& QuotaUnit::operator=(QuotaUnit&& other) noexcept {
    if (this != &other) {
        release();
        used_ = std::move(other.used_);
    }
    return *this;
}

void QuotaUnit::release() {
    if (used_) used_->fetch_sub(1, std::memory_order_relaxed);
    used_.reset();
}

Limit::Limit(std::string name, std::size_t maximum, Refused refused)
    : name_(std::move(name)), maximum_(maximum), refused_(std::move(refused)) {}

Result<QuotaUnit> Limit::take() {
    std::size_t used = used_->load(std::memory_order_relaxed);
    do {
        const std::size_t maximum = this->maximum();
        if (maximum != 0 && used >= maximum) {
            if (refused_) refused_();
            return Failure{Errc::quota_exceeded,
                           name_ + " is " + std::to_string(maximum) + ", and " + std::to_string(used) + " are in use"};
        }
    } while (!used_->compare_exchange_weak(used, used + 1, std::memory_order_relaxed));
    return QuotaUnit(used_);
}

RateLimit::RateLimit(std::string name, std::size_t per_second, Limit::Refused refused)
    : name_(std::move(name)), per_second_(per_second), refused_(std::move(refused)) {}

/// Each that is taken moves `next_` on by its share of a second; what would move it further than a second ahead of now
/// is refused.
Result<void> RateLimit::take(Clock::Steady now) {
    const auto per_second = static_cast<std::int64_t>(per_second_.load(std::memory_order_relaxed));
    if (per_second == 0) return {};
    const auto interval = std::chrono::nanoseconds(kSecond) / per_second;
    const auto begin = std::chrono::nanoseconds(now.time_since_epoch()).count();
    auto next = next_.load(std::memory_order_relaxed);
    std::chrono::nanoseconds::rep after = 0;
    do {
        after = std::max(next, begin) + interval.count();
        if (after - begin > std::chrono::nanoseconds(kSecond).count()) {
            if (refused_) refused_();
            return Failure{Errc::too_many_requests, name_ + " is " + std::to_string(per_second) +
                                                        ", and as many were made within the last second"};
        }
    } while (!next_.compare_exchange_weak(next, after, std::memory_order_relaxed));
    return {};
}

}  // namespace corncob::tenants
