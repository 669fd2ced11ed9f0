#include "tenants/kernel_programs.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace corncob::tenants {
namespace {

class KernelProgramsTest : public testing::Test {
 protected:
    /// A shell that runs `script`, in which `touch on` means the file that is_on() waits for.
    pid_t start(std::string script, bool own_group = false, KernelPrograms::Kind kind = KernelPrograms::Kind::member) {
        const auto mark = script.find("touch on");
        if (mark != std::string::npos) script.replace(mark, 8, "touch " + on_);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        if (own_group) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        const char* const arguments[] = {"sh", "-c", script.c_str(), nullptr};
        pid_t pid = -1;
        EXPECT_EQ(::posix_spawn(&pid, "/bin/sh", nullptr, &attributes, const_cast<char**>(arguments), environ), 0);
        posix_spawnattr_destroy(&attributes);
        programs_->add(pid, kind);
        return pid;
    }
    bool is_on() const {
        return tests::eventually([&] { return ::access(on_.c_str(), F_OK) == 0; });
    }
    /// Ended, and waited for.
    static bool gone(pid_t pid) {
        return tests::eventually([pid] { return ::kill(pid, 0) != 0; });
    }

    tests::TemporaryFolder folder_;
    Housekeeper keeper_;
    std::shared_ptr<KernelPrograms> programs_ = std::make_shared<KernelPrograms>(keeper_);
    const std::string on_ = folder_.path() + "/on";
};

TEST_F(KernelProgramsTest, EndsWhatRuns) {
    const pid_t one = start("exec sleep 600");
    const pid_t two = start("exec sleep 600");
    EXPECT_EQ(programs_->children(), (std::vector<pid_t>{one, two}));
    programs_->end();
    EXPECT_TRUE(gone(one));
    EXPECT_TRUE(gone(two));
    EXPECT_TRUE(tests::eventually([&] { return programs_->children().size() == 0; }));
}

TEST_F(KernelProgramsTest, AProgramMayEndItselfFirst) {
    const std::string mark = folder_.path() + "/mark";
    const pid_t polite = start("trap ': >" + mark + "; exit' TERM; touch on; while :; do sleep 0.01; done");
    ASSERT_TRUE(is_on());
    programs_->end();
    EXPECT_TRUE(gone(polite));
    EXPECT_EQ(::access(mark.c_str(), F_OK), 0);
}

TEST_F(KernelProgramsTest, OneThatDoesNotIsKilled) {
    const pid_t stubborn = start("trap '' TERM; touch on; while :; do sleep 0.01; done");
    ASSERT_TRUE(is_on());
    programs_->end();
    EXPECT_TRUE(gone(stubborn));
}

TEST_F(KernelProgramsTest, AGroupEndsWithItsLeader) {
    const std::string member = folder_.path() + "/member";
    start("(trap '' TERM; touch on; exec sleep 600) & echo $! >" + member + "; wait", true);
    ASSERT_TRUE(is_on());
    pid_t pid = 0;
    ASSERT_TRUE(tests::eventually([&] { return bool(std::ifstream(member) >> pid); }));
    ASSERT_EQ(::kill(pid, 0), 0);
    programs_->end();
    EXPECT_TRUE(gone(pid));
}

TEST_F(KernelProgramsTest, ForgetsWhatSomebodyHasWaitedFor) {
    const pid_t pid = start("exit 3");
    int status = 0;
    EXPECT_EQ(programs_->children().size(), 1U) << "also as a zombie: its number is its own";
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WEXITSTATUS(status), 3);
    EXPECT_EQ(programs_->children().size(), 0U);
}

TEST_F(KernelProgramsTest, AnInterruptIsForThoseThatRanWhenItCame) {
    const std::string spin = "; touch on; while :; do sleep 0.01; done";
    const pid_t one = start("trap 'exit 1' INT" + spin);
    ASSERT_TRUE(is_on());
    programs_->aim();
    ::unlink(on_.c_str());
    const pid_t later = start("trap 'exit 2' INT" + spin);
    ASSERT_TRUE(is_on());
    programs_->interrupt();
    int status = 0;
    ASSERT_EQ(::waitpid(one, &status, 0), one);
    EXPECT_EQ(WEXITSTATUS(status), 1);
    programs_->interrupt();  // it was once
    EXPECT_EQ(programs_->children(), std::vector<pid_t>{later});
}

TEST_F(KernelProgramsTest, WhatIsStartedAfterTheEndIsEnded) {
    programs_->end();
    EXPECT_TRUE(gone(start("exec sleep 600")));
}

TEST_F(KernelProgramsTest, AnInterruptIsForThoseInOurGroupAndForWorkersWithTheirs) {
    const std::string spin = "; touch on; while :; do sleep 0.01; done";
    const pid_t alone = start("trap 'exit 1' INT" + spin, true);
    ASSERT_TRUE(is_on());
    ::unlink(on_.c_str());
    const pid_t ours = start("trap 'exit 2' INT" + spin);
    ASSERT_TRUE(is_on());
    ::unlink(on_.c_str());
    const pid_t worker =
        start("trap 'exit 3' INT; sh -c 'touch on; exec sleep 600'; exit 4", true, KernelPrograms::Kind::leader);
    ASSERT_TRUE(is_on());
    programs_->aim();
    programs_->interrupt();
    const auto exit_code = [](pid_t pid) {
        int status = 0;
        return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    EXPECT_EQ(exit_code(ours), 2);
    EXPECT_EQ(exit_code(worker), 3);
    EXPECT_EQ(programs_->children(), std::vector<pid_t>{alone});
}

/// Holds the end of `pid` up: what traces it is told first. Ends itself when the test does.
class Tracer {
 public:
    explicit Tracer(pid_t pid) {
        int traced[2];
        int release[2];
        EXPECT_EQ(::pipe2(traced, O_CLOEXEC) + ::pipe2(release, O_CLOEXEC), 0);
        tracer_ = ::fork();
        if (tracer_ == 0) {
            ::close(release[1]);
            const char held = ::ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? 1 : 0;
            if (::write(traced[1], &held, 1) != 1) ::_exit(1);
            char ignored = 0;
            ::_exit(::read(release[0], &ignored, 1) == 0 ? 0 : 1);
        }
        ::close(release[0]);
        ::close(traced[1]);
        char held = 0;
        EXPECT_EQ(::read(traced[0], &held, 1), 1);
        EXPECT_EQ(held, 1) << "cannot be traced";
        ::close(traced[0]);
        release_ = release[1];
    }
    ~Tracer() { release(); }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    void release() {
        if (release_ < 0) return;
        ::close(std::exchange(release_, -1));
        ::waitpid(tracer_, nullptr, 0);
    }

 private:
    pid_t tracer_;
    int release_ = -1;
};

TEST_F(KernelProgramsTest, OneThatHangsInTheSystemIsWaitedForHoweverLongItTakes) {
    const pid_t pid = start("touch on; exec sleep 600");
    ASSERT_TRUE(is_on());
    Tracer tracer(pid);
    programs_->end();
    const auto state = [pid] {  // the third field; the name before it has no blank
        std::string text;
        std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
        file >> text >> text >> text;
        return text;
    };
    ASSERT_TRUE(tests::eventually([&] { return state() == "Z"; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(2000));  // the time that has to pass, no event
    EXPECT_EQ(state(), "Z") << "it was not held up";
    tracer.release();
    EXPECT_TRUE(gone(pid));
}

TEST_F(KernelProgramsTest, LeavesNothingBehind) {
    const pid_t pid = start("trap '' TERM; touch on; while :; do sleep 0.01; done");
    ASSERT_TRUE(is_on());
    programs_.reset();
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST_F(KernelProgramsTest, WhoIsNoChildIsNotTouched) {
    programs_->add(::getppid());
    EXPECT_EQ(programs_->children().size(), 0U);
    programs_->end();
    EXPECT_EQ(::kill(::getppid(), 0), 0);
}

}  // namespace
}  // namespace corncob::tenants
