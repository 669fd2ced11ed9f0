#include "tenants/interpreter/gil_entrance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/fakes/eventually.hpp"

namespace corncob::tenants::interpreter {
namespace {

TEST(GilEntrance, NoMoreWaitThanThereArePlacesAndAllGetTheirTurn) {
    constexpr std::size_t kPlaces = 3;
    GilEntrance entrance(kPlaces);
    std::atomic<std::size_t> inside{0};
    std::atomic<std::size_t> most{0};
    std::atomic<std::size_t> turns{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < 500; ++turn) {
                entrance.enter();
                const std::size_t now = ++inside;
                std::size_t before = most;
                while (now > before && !most.compare_exchange_weak(before, now)) {
                }
                std::this_thread::yield();
                --inside;
                ++turns;
                entrance.leave();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(turns, 16U * 500U);
    EXPECT_LE(most, kPlaces);
    EXPECT_GT(most, 0U);
}

TEST(GilEntrance, WhoFindsNoPlaceWaitsForOne) {
    GilEntrance entrance(1);
    entrance.enter();
    std::atomic<bool> came{false};
    std::thread other([&] {
        entrance.enter();
        came = true;
        entrance.leave();
    });
    entrance.leave();
    EXPECT_TRUE(tests::eventually([&] { return came.load(); }));
    other.join();
    entrance.enter();  // it is free again
    entrance.leave();
}

}  // namespace
}  // namespace corncob::tenants::interpreter
