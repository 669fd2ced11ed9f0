// Waits for what has no event of its own.
#pragma once

#include <chrono>
#include <thread>

#include "tests/fakes/gate.hpp"

namespace corncob::tests {

/// Looks again and again until `holds()` or the deadline; says what it saw last.
template <class Condition>
bool eventually(Condition&& holds) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace corncob::tests
