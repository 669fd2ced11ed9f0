#include "tenants/in_process_host.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/tenants/hosted.hpp"

namespace corncob::tenants {
namespace {

using testing_host::Hosted;
using testing_host::HostWithFake;
using Hold = tests::FakeInterpreter::Hold;
using namespace std::chrono_literals;

TEST(InProcessHost, KnowsItsLanguageWithoutAThread) {
    HostWithFake fake;
    EXPECT_EQ(fake.host->language_version(), "3.11.2");
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(InProcessHost, AThreadIsMadeAtTheFirstRequest) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.handle->interrupt();
    EXPECT_EQ(fake.host->threads(), 0U);
    kernel.run("1", "echo hello");
    EXPECT_EQ(kernel.status("1"), "ok");
    EXPECT_EQ(kernel.events->text("1"), "hello");
    EXPECT_EQ(fake.host->threads(), 1U);
    kernel.run("2", "echo again");
    EXPECT_EQ(kernel.status("2"), "ok");
    EXPECT_EQ(fake.host->threads(), 1U) << "one thread a kernel";
}

TEST(InProcessHost, StoppingAKernelThatNeverStartedNeedsNoThread) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.handle->stop();
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::stopped);
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(InProcessHost, StoppingAnIdleKernelEndsItsThread) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "echo x");
    kernel.status("1");
    kernel.handle->stop();
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::stopped);
    EXPECT_EQ(fake.host->threads(), 0U) << "on_ended comes after the thread is joined";
}

TEST(InProcessHost, StoppingABusyKernelInterruptsIt) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "block");
    ASSERT_TRUE(kernel.wait_blocked("1"));
    kernel.handle->stop();
    ASSERT_TRUE(kernel.events->wait_ended());
    EXPECT_EQ(kernel.status("1"), "error");
    EXPECT_GE(fake.interpreter.interrupts(), 1U);
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(InProcessHost, AStubbornKernelIsDisownedAndNotHeardAgain) {
    HostWithFake fake(Hold::nothing, 20ms);
    Hosted kernel(*fake.host);
    kernel.run("1", "stubborn");
    ASSERT_TRUE(fake.interpreter.stubborn.wait_arrived());
    kernel.handle->stop();
    const auto ended = kernel.events->wait_ended();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason, EndReason::disowned);
    EXPECT_NE(ended->detail.find("disowned"), std::string::npos) << ended->detail;
    EXPECT_EQ(fake.host->threads(), 1U) << "it is still there";
    EXPECT_EQ(fake.host->disowned_threads(), 1U);
    fake.interpreter.stubborn.open();
    EXPECT_TRUE(fake.no_threads_left());
    EXPECT_EQ(fake.host->disowned_threads(), 0U);
    EXPECT_EQ(kernel.events->all().size(), 1U) << "nothing but on_ended";
}

TEST(InProcessHost, ADisownedKernelHoldsUpNoOther) {
    HostWithFake fake(Hold::nothing, 20ms);
    Hosted stubborn(*fake.host);
    Hosted other(*fake.host);
    stubborn.run("1", "stubborn");
    ASSERT_TRUE(fake.interpreter.stubborn.wait_arrived());
    stubborn.handle->stop();
    ASSERT_TRUE(stubborn.events->wait_ended());
    other.run("2", "echo x");
    EXPECT_EQ(other.status("2"), "ok");
    other.handle->stop();
    EXPECT_TRUE(other.events->wait_ended());
    fake.interpreter.stubborn.open();
    EXPECT_TRUE(fake.no_threads_left());
}

TEST(InProcessHost, ManyKernelsComeAndGo) {
    HostWithFake fake;
    {
        std::vector<std::unique_ptr<Hosted>> kernels;
        for (int i = 0; i < 50; ++i) kernels.push_back(std::make_unique<Hosted>(*fake.host));
        for (const auto& kernel : kernels) kernel->run("1", "echo x");
        for (const auto& kernel : kernels) ASSERT_EQ(kernel->status("1"), "ok");
        EXPECT_EQ(fake.host->threads(), 50U);
        for (const auto& kernel : kernels) kernel->handle->stop();
        for (const auto& kernel : kernels) ASSERT_TRUE(kernel->events->wait_ended());
    }
    EXPECT_EQ(fake.host->threads(), 0U);
    EXPECT_TRUE(fake.interpreter.wait_collection()) << "memory of ended kernels is given back";
}

TEST(InProcessHost, LettingGoOfAKernelStopsIt) {
    HostWithFake fake;
    Hosted kernel(*fake.host);
    kernel.run("1", "block");
    ASSERT_TRUE(kernel.wait_blocked("1"));
    kernel.handle.reset();
    EXPECT_TRUE(kernel.events->wait_ended());
    EXPECT_EQ(fake.host->threads(), 0U);
}

TEST(InProcessHost, MayGoAsSoonAsItsKernelsAreStopped) {
    for (int round = 0; round < 50; ++round) {
        HostWithFake fake;
        Hosted started(*fake.host);
        Hosted never_started(*fake.host);
        started.run("1", "echo x");
        started.handle.reset();
        never_started.handle.reset();
        fake.host.reset();
        EXPECT_TRUE(started.events->wait_ended());
        EXPECT_TRUE(never_started.events->wait_ended());
    }
}

}  // namespace
}  // namespace corncob::tenants
