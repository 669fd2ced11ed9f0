#include "tenants/interpreter/gil_watch.hpp"

#include <Python.h>

#include "tenants/interpreter/cpython_private.h"

namespace corncob::tenants::interpreter {
namespace {

std::chrono::nanoseconds wait_for_gil() {
    const auto asked = std::chrono::steady_clock::now();
    const PyGILState_STATE state = PyGILState_Ensure();
    const auto taken = std::chrono::steady_clock::now();
    PyGILState_Release(state);
    return taken - asked;
}

}  // namespace

GilWatch::GilWatch(Observer& observer) : observer_(observer), thread_([this] { run(); }) {}

GilWatch::~GilWatch() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void GilWatch::run() {
    for (int number = 0;; ++number) {
        {
            std::unique_lock lock(mutex_);
            if (changed_.wait_for(lock, kGilSampleInterval, [this] { return stopping_; })) return;
        }
        sample(number % kGilSamplesPerWait);
    }
}

void GilWatch::sample(int number) {
    if (corncob_gil_is_held() != 0) observer_.gil_held(kGilSampleInterval);
    if (number == 0) observer_.gil_waited(wait_for_gil());
}

}  // namespace corncob::tenants::interpreter
