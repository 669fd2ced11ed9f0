// What happens to kernels and quotas, as lines of the log: each begins with `audit=`, so that they can be told from all
// others.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "server/log.hpp"
#include "tenants/clock.hpp"
#include "tenants/observer.hpp"

namespace corncob::server {

inline constexpr std::chrono::seconds kSameHitPause{1};    ///< between two lines about one quota of one tenant
inline constexpr std::size_t kHitsRememberedMax = 10'000;  ///< beyond, all are forgotten, and lines come early

/// Thread-safe, as the log is. Of the hits of one quota of one tenant the first is told at once, those that follow
/// within a second with the next line: whoever asks in vain must not fill the disk. The metrics count all.
class EventLog final : public tenants::Observer {
 public:
    EventLog(Log& log, const tenants::Clock& clock) : log_(log), clock_(clock) {}

    void kernel_started(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void kernel_ended(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                      std::string_view reason) override;
    void kernel_autorestarted(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                              std::string_view reason) override;
    void kernel_culled(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                       std::chrono::nanoseconds idle_for) override;
    void thread_disowned(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void request_refused(const protocol::TenantId& tenant, std::string_view reason) override;
    void limit_hit(const protocol::TenantId& tenant, std::string_view limit) override;

 private:
    struct Hits {
        tenants::Clock::Steady told;
        std::size_t untold = 0;
    };
    void quota_hit(const protocol::TenantId& tenant, std::string_view quota);

    Log& log_;
    const tenants::Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Hits> hits_;
};

}  // namespace corncob::server
