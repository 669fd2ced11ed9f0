// A limit and its move-only units: what is taken is given back by a destructor, whatever the way out.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "tenants/clock.hpp"
#include "tenants/errc.hpp"

namespace corncob::tenants {

/// One unit of a limit. Dropping it gives it back. May outlive the Limit.
class [[nodiscard]] QuotaUnit {
 public:
    QuotaUnit() = default;
    QuotaUnit(QuotaUnit&&) noexcept = default;
    QuotaUnit& operator=(QuotaUnit&& other) noexcept;
    ~QuotaUnit() { release(); }

 private:
    friend class Limit;
    explicit QuotaUnit(std::shared_ptr<std::atomic<std::size_t>> used) : used_(std::move(used)) {}
    void release();
    std::shared_ptr<std::atomic<std::size_t>> used_;
};

/// A bound on how many of something exist at once. Thread-safe; no race lets one more through. Where the bound is
/// lowered, who has a unit keeps it.
class Limit {
 public:
    /// Called for whoever gets no unit.
    using Refused = std::function<void()>;

    /// `name` as in the configuration, e.g. "kernels_max"; `maximum` 0 means no limit.
    Limit(std::string name, std::size_t maximum, Refused refused = {});

    /// A unit, or quota_exceeded with name, limit and use in its detail.
    Result<QuotaUnit> take();
    const std::string& name() const { return name_; }
    std::size_t used() const { return used_->load(std::memory_order_relaxed); }
    std::size_t maximum() const { return maximum_.load(std::memory_order_relaxed); }
    void set_maximum(std::size_t maximum) { maximum_.store(maximum, std::memory_order_relaxed); }

 private:
    const std::string name_;
    std::atomic<std::size_t> maximum_;
    const Refused refused_;
    const std::shared_ptr<std::atomic<std::size_t>> used_ = std::make_shared<std::atomic<std::size_t>>(0);
};

/// A bound on how often something happens. Thread-safe; no race lets one more through. After a pause of a second as
/// many may come at once as may come in a second.
class RateLimit {
 public:
    /// As Limit, `per_second` 0 means no limit.
    RateLimit(std::string name, std::size_t per_second, Limit::Refused refused = {});

    /// One of them, or too_many_requests with name and limit in its detail: a second later it will be right.
    Result<void> take(Clock::Steady now);
    void set_per_second(std::size_t per_second) { per_second_.store(per_second, std::memory_order_relaxed); }

 private:
    const std::string name_;
    std::atomic<std::size_t> per_second_;
    const Limit::Refused refused_;
    std::atomic<std::chrono::nanoseconds::rep> next_{0};  // when it would be as if there had been none before
};

}  // namespace corncob::tenants
