#include "tenants/kernel_seat.hpp"

#include <gtest/gtest.h>

#include "tests/tenants/hosted.hpp"

namespace corncob::tenants {
namespace {

using testing_host::Hosted;
using testing_host::HostWithFake;
using Hold = tests::FakeInterpreter::Hold;

HostWithFake host_with_spares(std::size_t count, Hold hold = Hold::nothing) {
    return HostWithFake(hold, tests::kDeadline, count);
}

bool wait_spares(const HostWithFake& fake, std::size_t count) {
    return tests::eventually([&] { return fake.host->spare_threads() == count; });
}

TEST(SpareSeats, AreMadeAheadAndTakenByKernels) {
    HostWithFake fake = host_with_spares(2);
    ASSERT_TRUE(wait_spares(fake, 2));
    EXPECT_EQ(fake.host->threads(), 0U) << "they are nobody's yet";
    fake.interpreter.cannot_start = true;  // whoever works now has a thread from before
    Hosted one(*fake.host);
    Hosted two(*fake.host);
    one.run("1", "echo one");
    two.run("2", "echo two");
    EXPECT_EQ(one.status("1"), "ok");
    EXPECT_EQ(two.status("2"), "ok");
    EXPECT_EQ(two.events->text("2"), "two");
    EXPECT_EQ(fake.host->threads(), 2U);
}

TEST(SpareSeats, AreReplacedWhenTaken) {
    HostWithFake fake = host_with_spares(1);
    ASSERT_TRUE(wait_spares(fake, 1));
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    EXPECT_EQ(kernel.status("1"), "ok");
    EXPECT_TRUE(wait_spares(fake, 1));
    EXPECT_EQ(fake.interpreter.starts(), 2U);
}

TEST(SpareSeats, AKernelNeedNotWaitForOneThatIsBeingMade) {
    HostWithFake fake = host_with_spares(1, Hold::start);
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    EXPECT_EQ(fake.host->threads(), 1U);
    fake.interpreter.start.open();
    EXPECT_EQ(kernel.status("1"), "ok");
}

TEST(SpareSeats, OnesThatCannotBeMadeAreMadeAnew) {
    HostWithFake fake = host_with_spares(1, Hold::start);
    fake.interpreter.cannot_start = true;
    fake.interpreter.start.open();
    ASSERT_TRUE(tests::eventually([&] { return fake.interpreter.starts() == 1U; }));
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::crashed);
    EXPECT_EQ(ended->detail, "no shell");
    fake.interpreter.cannot_start = false;
    Hosted later(*fake.host);
    later.run("2", "echo x");
    EXPECT_EQ(later.status("2"), "ok");
    EXPECT_TRUE(wait_spares(fake, 1));
}

TEST(SpareSeats, EndWithTheirHost) {
    HostWithFake fake = host_with_spares(3);
    ASSERT_TRUE(wait_spares(fake, 3));
    fake.host.reset();  // joins them, or this test never ends
}

}  // namespace
}  // namespace corncob::tenants
