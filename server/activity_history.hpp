// What the kernels of each tenant have done in the last minutes, for the plots of the status page.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "protocol/ids.hpp"
#include "server/net/executor.hpp"
#include "tenants/clock.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

inline constexpr std::chrono::seconds kHistoryInterval{5};
inline constexpr std::size_t kHistoryPoints = 60;  ///< kept; five minutes

/// Thread-safe; run() once. `tenants` and `clock` outlive it. Looks at counters of the tenants and at nothing of their
/// kernels; what is kept of a tenant has a fixed size.
class ActivityHistory {
 public:
    ActivityHistory(tenants::TenantRegistry& tenants, const tenants::Clock& clock) : tenants_(tenants), clock_(clock) {}

    /// Looks every kHistoryInterval until it is cancelled.
    Awaitable<void> run();
    /// What has been done since the last look becomes a point.
    void look();

    /// Of some moment; rates are since the moment before.
    struct Point {
        std::chrono::system_clock::time_point at;
        std::size_t kernels = 0;
        double cells_per_second = 0;
        double messages_per_second = 0;
    };
    /// Of these tenants together, the oldest first; at most kHistoryPoints. The rates of the daemon's first are 0:
    /// before it nobody has looked.
    std::vector<Point> of(const std::vector<protocol::TenantId>& tenants) const;

 private:
    struct Moment {
        std::chrono::system_clock::time_point at;
        std::chrono::duration<double> since_last{0};
    };
    struct Sample {
        std::uint32_t kernels = 0;
        std::uint32_t cells = 0;
        std::uint32_t messages = 0;
    };
    struct Track {
        std::uint64_t cells = 0;  // counted so far
        std::uint64_t messages = 0;
        std::array<Sample, kHistoryPoints> samples{};
    };

    tenants::TenantRegistry& tenants_;
    const tenants::Clock& clock_;
    mutable std::mutex mutex_;
    std::size_t looks_ = 0;
    tenants::Clock::Steady last_;
    std::array<Moment, kHistoryPoints> moments_{};  // the place of a look is its number modulo kHistoryPoints
    std::map<protocol::TenantId, Track> tracks_;    // as many as there are tenants, which stay
};

}  // namespace corncob::server
