// Notices that the process which started this one is gone, so that a kernel whose front end crashed does not stay.
#pragma once

#include <functional>

#include <sys/types.h>

#include "server/net/executor.hpp"

namespace corncob::server {

/// Looks once a second, as ipykernel does: a signal at the parent's death (PR_SET_PDEATHSIG) would come when the thread
/// ends that started us, which is not the parent's end. Of the executor's thread.
class ParentWatch {
 public:
    /// `parent` is who the environment says has started us (JPY_PARENT_PID). Between it and us may be a wrapper: then
    /// it is the wrapper that is watched.
    ParentWatch(Executor executor, pid_t parent);

    /// `gone` is called once.
    void start(std::function<void()> gone);
    void stop();

 private:
    void look_again();

    Timer timer_;
    const pid_t parent_;
    std::function<void()> gone_;
};

}  // namespace corncob::server
