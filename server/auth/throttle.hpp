// Who guesses tokens is answered later and later.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tenants/clock.hpp"

namespace corncob::server {

inline constexpr int kFreeFailures = 5;                       ///< from one address, before answers are slowed
inline constexpr std::chrono::milliseconds kFirstDelay{100};  ///< of the next answer; doubled with each further one
inline constexpr std::chrono::milliseconds kDelayMax{3000};
inline constexpr std::chrono::minutes kForgiveAfter{1};       ///< without a failure, an address begins anew
inline constexpr std::size_t kThrottledAddressesMax = 10000;  ///< beyond, the one that failed longest ago is forgotten

/// Failures by address. Only they are slowed: whoever shows a good token is served at once, behind the same proxy, too.
/// Thread-safe.
class Throttle {
 public:
    explicit Throttle(const tenants::Clock& clock) : clock_(clock) {}

    /// A token from `address` was nobody's: how long its answer is to wait.
    std::chrono::milliseconds failed(const std::string& address);
    std::size_t addresses() const;

 private:
    struct Entry {
        std::string address;
        int failures;
        tenants::Clock::Steady last;
    };
    using Entries = std::list<Entry>;

    const tenants::Clock& clock_;
    mutable std::mutex mutex_;
    Entries entries_;  // the one that failed last at the end
    std::unordered_map<std::string, Entries::iterator> by_address_;
};

/// What one user has many of counts as one: of an IPv6 address its /64 network.
std::string network_of(const std::string& address);

}  // namespace corncob::server
