// Time as a dependency, so that tests bring their own.
#pragma once

#include <chrono>

namespace corncob::tenants {

class Clock {
 public:
    using System = std::chrono::system_clock::time_point;
    using Steady = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;
    virtual System system_now() const = 0;
    virtual Steady steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
    System system_now() const override { return std::chrono::system_clock::now(); }
    Steady steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace corncob::tenants
