// A limit and its move-only units: what is taken is given back by a destructor, whatever the way out.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

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

/// A bound on how many of something exist at once. Thread-safe; no race lets one more through.
class Limit {
 public:
    /// `name` as in the configuration, e.g. "kernels_max"; `maximum` 0 means no limit.
    Limit(std::string name, std::size_t maximum);

    /// A unit, or quota_exceeded with name, limit and use in its detail.
    Result<QuotaUnit> take();
    std::size_t used() const { return used_->load(std::memory_order_relaxed); }
    std::size_t maximum() const { return maximum_; }

 private:
    const std::string name_;
    const std::size_t maximum_;
    const std::shared_ptr<std::atomic<std::size_t>> used_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace corncob::tenants
