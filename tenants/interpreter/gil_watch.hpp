// Looks how busy the GIL is, and how long one waits for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tenants/observer.hpp"

namespace corncob::tenants::interpreter {

inline constexpr std::chrono::milliseconds kGilSampleInterval{50};  ///< between two looks whether it is held
inline constexpr int kGilSamplesPerWait = 20;                       ///< looks for one time that it is waited for

/// A thread that samples the GIL: measuring each taking of it would cost the kernels more than they could learn.
/// Whether it is held is read without taking it; once a second it is taken, and the wait for it told. One a process,
/// after start_cpython().
class GilWatch {
 public:
    /// `observer` outlives this and is told from the thread, without the GIL.
    explicit GilWatch(Observer& observer);
    /// The caller must not hold the GIL.
    ~GilWatch();
    GilWatch(const GilWatch&) = delete;
    GilWatch& operator=(const GilWatch&) = delete;

 private:
    void run();
    void sample(int number);

    Observer& observer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace corncob::tenants::interpreter
