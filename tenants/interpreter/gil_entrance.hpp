// Bounds how many threads of ours that have waited in C++ wait for the GIL at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace corncob::tenants::interpreter {

/// Waiters beyond that find no sooner to their turn: the GIL is one.
inline constexpr std::size_t kGilWaitersMax = 16;

/// CPython wakes every thread that waits for the GIL once a millisecond. Thousands of kernels that come awake together,
/// to end or because a second has passed, would do nothing else. Here they wait unmoved for one of the places from
/// which the GIL is taken. A place is held as long as that takes, never while Python runs. Code that comes back
/// from a wait of CPython's own, as from `time.sleep`, does not pass here. Thread-safe.
class GilEntrance {
 public:
    explicit GilEntrance(std::size_t places = kGilWaitersMax) : free_(places) {}

    /// Without the GIL: waits for a place.
    void enter();
    /// The GIL has come.
    void leave();

 private:
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_;
    std::size_t waiting_ = 0;
};

}  // namespace corncob::tenants::interpreter
