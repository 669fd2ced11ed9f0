#include "server/parent_watch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

constexpr int kGone = 7;

TEST(ParentWatch, IsQuietWhileTheParentLives) {
    asio::io_context io;
    ParentWatch watch(io.get_executor(), ::getppid());
    bool gone = false;
    watch.start([&] { gone = true; });
    io.run_one_for(std::chrono::seconds(20));  // one look
    EXPECT_FALSE(gone);
    watch.stop();
    io.run();
    EXPECT_FALSE(gone);
}

/// In a child whose own child watches it; the parent of the test gets the watcher's verdict by a pipe.
TEST(ParentWatch, TellsThatTheParentIsGone) {
    int verdict[2];
    int ready[2];
    ASSERT_EQ(::pipe(verdict), 0);
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t parent = ::fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        if (::fork() == 0) {
            asio::io_context io;
            ParentWatch watch(io.get_executor(), ::getppid());
            char told = 0;
            watch.start([&] { told = kGone; });
            (void)!::write(ready[1], "r", 1);
            io.run_for(std::chrono::seconds(20));
            (void)!::write(verdict[1], &told, 1);
            std::_Exit(0);
        }
        char byte = 0;
        (void)!::read(ready[0], &byte, 1);
        std::_Exit(0);
    }
    ::close(verdict[1]);
    int status = 0;
    ASSERT_EQ(::waitpid(parent, &status, 0), parent);
    char told = 0;
    EXPECT_EQ(::read(verdict[0], &told, 1), 1);
    EXPECT_EQ(told, kGone);
    ::close(verdict[0]);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(ParentWatch, AWrapperCountsAsTheParent) {
    asio::io_context io;
    ParentWatch watch(io.get_executor(), 999'999'999);  // who is told of is not who started this
    bool gone = false;
    watch.start([&] { gone = true; });
    io.run_one_for(std::chrono::seconds(20));
    EXPECT_EQ(gone, ::getppid() == 1);
    watch.stop();
}

}  // namespace
}  // namespace corncob::server
