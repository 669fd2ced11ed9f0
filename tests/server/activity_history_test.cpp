#include "server/activity_history.hpp"

#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/prompt_host.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;
using protocol::TenantId;

class ActivityHistoryTest : public testing::Test {
 protected:
    void look_after(std::chrono::milliseconds time) {
        clock_.advance(time);
        history_.look();
    }
    tenants::ActivityCounts& counts(const char* tenant) { return tenants_.of(TenantId(tenant)).counts(); }

    tests::PromptHost host_;
    tests::FakeClock clock_;
    tenants::Observer observer_;
    config::GatewayConfig config_;
    const tenants::Kernelspecs kernelspecs_{config_};
    tenants::TenantRegistry tenants_{config_.tenants, kernelspecs_, host_, clock_, observer_};
    ActivityHistory history_{tenants_, clock_};
};

TEST_F(ActivityHistoryTest, TellsRatesOfTheTenantsThatItIsAskedOf) {
    EXPECT_TRUE(history_.of({TenantId("ada")}).empty());
    counts("ada").cells = 7;
    history_.look();
    counts("ada").cells += 10;
    counts("ada").messages += 100;
    counts("bob").messages += 50;
    ASSERT_TRUE(tenants_.of(TenantId("ada")).kernels().start({}));
    look_after(4s);
    const auto ada = history_.of({TenantId("ada")});
    ASSERT_EQ(ada.size(), 2U);
    EXPECT_EQ(ada[0].cells_per_second, 0) << "what came before the first look has no time";
    EXPECT_EQ(ada[1].at - ada[0].at, 4s);
    EXPECT_EQ(ada[1].kernels, 1U);
    EXPECT_EQ(ada[1].cells_per_second, 2.5);
    EXPECT_EQ(ada[1].messages_per_second, 25);
    EXPECT_EQ(history_.of({TenantId("ada"), TenantId("bob")})[1].messages_per_second, 37.5);
    EXPECT_EQ(history_.of({TenantId("nobody")})[1].messages_per_second, 0);
}

TEST_F(ActivityHistoryTest, KeepsTheLastMinutes) {
    for (std::size_t i = 0; i <= kHistoryPoints; ++i) {
        counts("ada").cells += i;
        look_after(1s);
    }
    const auto points = history_.of({TenantId("ada")});
    ASSERT_EQ(points.size(), kHistoryPoints);
    EXPECT_EQ(points.front().cells_per_second, 1);
    EXPECT_EQ(points.back().cells_per_second, kHistoryPoints);
    EXPECT_LT(points.front().at, points.back().at);
}

TEST_F(ActivityHistoryTest, LooksUntilItIsCancelled) {
    asio::io_context context(1);
    asio::cancellation_signal signal;
    bool ended = false;
    asio::co_spawn(context.get_executor(), history_.run(),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                       EXPECT_FALSE(error);
                       ended = true;
                   }));
    context.poll();
    EXPECT_EQ(history_.of({}).size(), 1U) << "at once";
    EXPECT_FALSE(ended);
    signal.emit(asio::cancellation_type::total);
    context.run();
    EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace corncob::server
