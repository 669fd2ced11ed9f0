#include "tenants/interpreter/forked_child.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace corncob::tenants::interpreter {
namespace {

TEST(ForkedChild, KnowsWhatItIsAndEnds) {
    watch_forks();
    EXPECT_FALSE(in_forked_child());
    end_forked_child();  // nothing, here
    const pid_t child = ::fork();
    if (child == 0) {
        if (in_forked_child()) end_forked_child();
        ::_exit(1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(ForkedChild, ASignalEndsItAndRunsNoHandlerOfTheDaemons) {
    watch_forks();
    struct sigaction before {};
    struct sigaction ours {};
    ours.sa_handler = [](int) { ::_exit(7); };
    ::sigaction(SIGTERM, &ours, &before);
    const pid_t child = ::fork();
    if (child == 0) {
        ::raise(SIGTERM);
        ::_exit(1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ::sigaction(SIGTERM, &before, nullptr);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
}

TEST(ForkedChild, WritesAllOfIt) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const std::string text(1000, 'x');
    write_all(ends[1], text);
    ::close(ends[1]);
    write_all(ends[1], text);  // lost, and nothing else
    std::string got(2000, '\0');
    got.resize(static_cast<std::size_t>(::read(ends[0], got.data(), got.size())));
    EXPECT_EQ(got, text);
    ::close(ends[0]);
}

}  // namespace
}  // namespace corncob::tenants::interpreter
