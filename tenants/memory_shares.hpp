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

inline constexpr std::chrono::milliseconds kMemoryInterval{10};  ///< between looks while some cell runs

/// Memory of this process that is in RAM, in bytes, as the system says; 0 where it does not.
std::size_t resident_bytes();

/// An estimate, since kernels share one heap: what the process grows by, or shrinks, is that of the kernels whose cells
/// have run since the last look, by how long each has. What grows while none runs is nobody's. The system is asked (2
/// µs) when the last cell that runs has ended, and else once every kMemoryInterval at most; nobody waits for the GIL.
/// Thread-safe.
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
    // Both expect mutex_ to be held.
    static void pause(MemoryShare& share, Clock::Steady now);
    void settle(Clock::Steady now);

    const Clock& clock_;
    const Resident resident_;
    mutable std::mutex mutex_;
    std::size_t last_;  // resident bytes
    Clock::Steady settled_;
    std::size_t running_ = 0;        // kernels
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
    // All below is guarded by the mutex of shares_.
    double bytes_ = 0;
    bool running_ = false;
    bool listed_ = false;                 // in ran_
    Clock::Steady began_;                 // if it runs: when, or when it was last looked
    std::chrono::nanoseconds ran_for_{};  // since the last look, but for what it runs now
};

}  // namespace corncob::tenants
