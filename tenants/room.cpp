#include "tenants/room.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace corncob::tenants {
namespace {

constexpr std::size_t kKernelBytes = std::size_t{256} * 1024;  // a shell and its thread, that have run a small cell
constexpr std::size_t kMiB = std::size_t{1024} * 1024;
constexpr std::size_t kPercent = 100;

bool exceeds(const Bounded& bounded, std::size_t wanted, std::size_t percent) {
    return bounded.used + wanted > bounded.limit / kPercent * percent + bounded.limit % kPercent * percent / kPercent;
}

corncob::Failure<Scarce> refusal(Scarce scarce, const Bounded& bounded, std::size_t percent) {
    const bool bytes = scarce == Scarce::memory;
    const std::size_t unit = bytes ? kMiB : 1;
    return {scarce, "no room for a new kernel: of " + std::to_string(bounded.limit / unit) +
                        (bytes ? " MiB of memory " : " processes and threads ") + std::to_string(bounded.used / unit) +
                        " are in use, and kernels." + std::string(name(scarce)) + " is " + std::to_string(percent) +
                        " (the limit is the container's: " + bounded.file + ")"};
}

}  // namespace

std::string_view name(Scarce scarce) {
    return scarce == Scarce::memory ? "memory_percent_max" : "pids_percent_max";
}

Room::Room(RoomSettings settings, Cgroup cgroup) : settings_(settings), cgroup_(std::move(cgroup)) {}

corncob::Result<QuotaUnit, Scarce> Room::take(std::size_t threads) {
    auto place = places_.take();
    const std::size_t kernels = places_.used();
    const std::size_t to_come = kernels - std::min(kernels, threads);  // this one included
    if (settings_.memory_percent_max != 0) {
        const auto memory = cgroup_.memory();
        if (memory && exceeds(*memory, to_come * kKernelBytes, settings_.memory_percent_max)) {
            return refusal(Scarce::memory, *memory, settings_.memory_percent_max);
        }
    }
    if (settings_.pids_percent_max != 0) {
        const auto pids = cgroup_.pids();
        if (pids && exceeds(*pids, to_come, settings_.pids_percent_max)) {
            return refusal(Scarce::pids, *pids, settings_.pids_percent_max);
        }
    }
    return std::move(*place);
}

}  // namespace corncob::tenants
