// A Clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "tenants/clock.hpp"

namespace corncob::tests {

/// Thread-safe.
class FakeClock final : public tenants::Clock {
 public:
    System system_now() const override { return System(std::chrono::seconds(1'700'000'000)) + passed(); }
    Steady steady_now() const override { return Steady(passed()); }
    void advance(std::chrono::milliseconds step) { passed_ += step.count(); }

 private:
    std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_.load()); }
    std::atomic<std::chrono::milliseconds::rep> passed_{0};
};

}  // namespace corncob::tests
