// How much memory each kernel of one process seems to hold: by how the process grew while its cells ran.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "tenants/clock.hpp"

namespace corncob::tenants {

class MemoryShare;

inline constexpr std::chrono::milliseconds kMemoryInterval{10};  ///< between two looks that cells cause

/// Memory of this process that is in RAM, in bytes, as the system says; 0 where it does not.
std::size_t resident_bytes();

/// An estimate, since kernels share one heap: what the process grows by, or shrinks, is that of the kernels whose cells
/// have run since the last look, in equal parts. What grows while none runs is nobody's. Costs no kernel anything but a
/// lock; the system is asked once every kMemoryInterval at most, and never for the GIL. Thread-safe.
class MemoryShares {
 public:
    using Resident = std::function<std::size_t()>;

    explicit MemoryShares(const Clock& clock, Resident resident = resident_bytes);

    /// Looks now, for whoever is about to read.
    void measure();
    /// Of the whole process, when it was last looked at; in bytes.
    std::size_t resident() const;

 private:
    friend class MemoryShare;
    void set_running(MemoryShare& share, bool running);
    void forget(MemoryShare& share);
    void settle(Clock::Steady now);  // expects mutex_ to be held

    const Clock& clock_;
    const Resident resident_;
    mutable std::mutex mutex_;
    std::size_t last_;  // resident bytes
    Clock::Steady settled_;
    std::vector<MemoryShare*> ran_;  // since the last look, or run now
};

/// One kernel's. Thread-safe; `shares` outlives it, or is null: then it stays empty.
class MemoryShare {
 public:
    explicit MemoryShare(MemoryShares* shares) : shares_(shares) {}
    MemoryShare(const MemoryShare&) = delete;
    MemoryShare& operator=(const MemoryShare&) = delete;
    ~MemoryShare();

    /// Some cell of the kernel runs from now on; or none does.
    void set_running(bool running);
    /// It holds nothing any more.
    void clear();
    std::size_t bytes() const;

 private:
    friend class MemoryShares;
    MemoryShares* const shares_;
    double bytes_ = 0;  // all below is guarded by the mutex of shares_
    bool running_ = false;
    bool listed_ = false;  // in ran_
};

}  // namespace corncob::tenants
