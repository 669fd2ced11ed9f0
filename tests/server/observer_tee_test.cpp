#include "server/observer_tee.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/recording_observer.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;

TEST(ObserverTee, EachIsToldAll) {
    tests::RecordingObserver one;
    tests::RecordingObserver two;
    ObserverTee tee({&one, &two});
    const protocol::TenantId tenant("ada");
    const protocol::KernelId kernel("k");
    tee.kernel_started(tenant, kernel);
    tee.kernel_ready(tenant, kernel, "python3", 3ms);
    tee.kernel_autorestarted(tenant, kernel, "a");
    tee.kernel_culled(tenant, kernel, 2s);
    tee.kernel_ended(tenant, kernel, "b");
    tee.thread_disowned(tenant, kernel);
    tee.request_refused(tenant, "c");
    tee.limit_hit(tenant, "d");
    tee.frame_refused(tenant, "e");
    tee.messages_lost(tenant, "f", 8);
    tee.cells_aborted(tenant, 4);
    tee.interrupt_requested(tenant);
    tee.interrupt_done(tenant, 5ms);
    tee.cache_looked_up(tenant, true);
    tee.gil_waited(6ms);
    tee.gil_held(7ms);
    tee.cell_done(tenant, 1ms, 2ms, true);
    EXPECT_EQ(one.notes().size(), 16U);
    EXPECT_EQ(one.notes(), two.notes());
    EXPECT_EQ(one.cells().size(), 1U);
    EXPECT_EQ(two.cells().size(), 1U);
}

}  // namespace
}  // namespace corncob::server
