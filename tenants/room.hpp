// Whether there is room for one more kernel: near a limit of its container the daemon refuses, in words, what would
// have the system kill it with all kernels.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "protocol/result.hpp"
#include "tenants/cgroup.hpp"
#include "tenants/quota.hpp"

namespace corncob::tenants {

struct RoomSettings {
    std::size_t memory_percent_max = 90;  ///< of the container's limit; 0: that limit is not looked at
    std::size_t pids_percent_max = 90;    ///< as above, of processes and threads
};

/// Of what there is too little.
enum class Scarce { memory, pids };
/// The setting that says so: "memory_percent_max".
std::string_view name(Scarce scarce);

/// Thread-safe.
class Room {
 public:
    explicit Room(RoomSettings settings, Cgroup cgroup = Cgroup());

    /// A kernel's place, to be held as long as it lives, or a sentence with use, limit and where both stand.
    /// `threads` is how many kernels have a thread: the others, which have run nothing, will want one.
    corncob::Result<QuotaUnit, Scarce> take(std::size_t threads);

    /// Nothing: there is no limit.
    std::optional<Bounded> memory() const { return cgroup_.memory(); }
    std::optional<Bounded> pids() const { return cgroup_.pids(); }

 private:
    const RoomSettings settings_;
    const Cgroup cgroup_;
    Limit places_{"places", 0};
};

}  // namespace corncob::tenants
