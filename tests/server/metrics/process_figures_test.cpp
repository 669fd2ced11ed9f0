#include "server/metrics/process_figures.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/gate.hpp"

namespace corncob::server {
namespace {

TEST(ProcessFigures, ArePlausible) {
    const ProcessFigures figures = process_figures();
    EXPECT_GT(figures.resident_bytes, 1U << 20U);
    EXPECT_GE(figures.virtual_bytes, figures.resident_bytes);
    EXPECT_GE(figures.threads, 1U);
    EXPECT_GE(figures.open_fds, 3U);
    EXPECT_GE(figures.max_fds.value_or(figures.open_fds), figures.open_fds);
}

TEST(ProcessFigures, CountWhatIsThere) {
    const ProcessFigures before = process_figures();
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    tests::Gate gate;
    std::thread thread([&gate] { gate.pass(); });
    const ProcessFigures with = process_figures();
    gate.open();
    thread.join();
    ::close(descriptor);
    EXPECT_EQ(with.open_fds, before.open_fds + 1);
    EXPECT_EQ(with.threads, before.threads + 1);
    EXPECT_GE(with.cpu_seconds, before.cpu_seconds);
}

}  // namespace
}  // namespace corncob::server
