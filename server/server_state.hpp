// Where in its life the daemon is: what the health routes, the connections and the shutdown agree on.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace corncob::server {

/// Thread-safe.
class ServerState {
 public:
    enum class Phase {
        serving,
        draining,  ///< running cells may finish; new work is refused; HTTP is still answered
        closing,   ///< connections end after the request they are at
    };

    Phase phase() const { return phase_.load(std::memory_order_acquire); }
    bool draining() const { return phase() != Phase::serving; }
    bool closing() const { return phase() == Phase::closing; }
    void enter(Phase phase) { phase_.store(phase, std::memory_order_release); }

    std::chrono::system_clock::time_point started() const { return started_; }

 private:
    std::atomic<Phase> phase_{Phase::serving};
    const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
};

}  // namespace corncob::server
