#include "tenants/interruptible.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace corncob::tenants {
namespace {

TEST(Interruptible, AnInterruptIsTakenOnce) {
    Interruptible thread;
    EXPECT_FALSE(thread.interrupt_pending() || thread.take_interrupt());
    thread.interrupt_flag() = true;
    EXPECT_TRUE(thread.interrupt_pending());
    EXPECT_TRUE(thread.take_interrupt());
    EXPECT_FALSE(thread.take_interrupt());
}

TEST(Interruptible, KnowsItsThreadAsLongAsThereIsOne) {
    Interruptible thread;
    int used = 0;
    thread.with_thread([&](pthread_t) { ++used; });
    EXPECT_FALSE(thread.has_thread() || thread.is_this_thread());
    thread.set_thread(pthread_self());
    thread.with_thread([&](pthread_t self) { used += pthread_equal(self, pthread_self()) != 0 ? 1 : 0; });
    EXPECT_TRUE(thread.has_thread() && thread.is_this_thread());
    std::thread([&] { EXPECT_FALSE(thread.is_this_thread()); }).join();
    thread.set_thread(std::nullopt);
    EXPECT_FALSE(thread.has_thread());
    EXPECT_EQ(used, 1);
}

}  // namespace
}  // namespace corncob::tenants
