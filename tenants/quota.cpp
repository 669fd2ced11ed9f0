#include "tenants/quota.hpp"

#include <utility>

namespace corncob::tenants {

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

Limit::Limit(std::string name, std::size_t maximum) : name_(std::move(name)), maximum_(maximum) {}

Result<QuotaUnit> Limit::take() {
    std::size_t used = used_->load(std::memory_order_relaxed);
    do {
        if (maximum_ != 0 && used >= maximum_) {
            return Failure{Errc::quota_exceeded,
                           name_ + " is " + std::to_string(maximum_) + ", and " + std::to_string(used) + " are in use"};
        }
    } while (!used_->compare_exchange_weak(used, used + 1, std::memory_order_relaxed));
    return QuotaUnit(used_);
}

}  // namespace corncob::tenants
