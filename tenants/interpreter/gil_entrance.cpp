#include "tenants/interpreter/gil_entrance.hpp"

namespace corncob::tenants::interpreter {

void GilEntrance::enter() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    freed_.wait(lock, [this] { return free_ > 0; });
    --waiting_;
    --free_;
}

void GilEntrance::leave() {
    bool awaited = false;
    {
        const std::lock_guard lock(mutex_);
        ++free_;
        awaited = waiting_ > 0;
    }
    if (awaited) freed_.notify_one();
}

}  // namespace corncob::tenants::interpreter
