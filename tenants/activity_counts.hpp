// What the kernels of one tenant have done since the daemon's start, those that have ended among them.
#pragma once

#include <atomic>
#include <cstdint>

namespace corncob::tenants {

/// Only ever grow. Thread-safe.
struct ActivityCounts {
    std::atomic<std::uint64_t> cells{0};     ///< that have run to their end
    std::atomic<std::uint64_t> messages{0};  ///< from clients, and to clients, each once
};

}  // namespace corncob::tenants
