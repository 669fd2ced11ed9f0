#include "tenants/kernel_pipes.hpp"

#include <gtest/gtest.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/recording_events.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using Kind = KernelPipes::Kind;

SharedRequest cell(const std::string& id) {
    return std::make_shared<const Request>(Request{tests::execute(id, ""), {}});
}

class KernelPipesTest : public testing::Test {
 protected:
    ~KernelPipesTest() override {
        for (const int fd : open_) ::close(fd);
    }
    int open(SharedRequest parent, const std::string& stream = "stdout", Kind kind = Kind::pipe) {
        const auto end = pipes_->open(std::move(parent), stream, kind);
        EXPECT_TRUE(end);
        open_.push_back(end ? *end : -1);
        return open_.back();
    }
    static void write(int fd, const std::string& text) {
        ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void close_end(int fd) {
        std::erase(open_, fd);
        ::close(fd);
    }
    bool printed(const std::string& id, const std::string& text) const {
        return tests::eventually([&] { return events_->text(id) == text; });
    }
    /// Somebody could read on in `fd`'s pipe: it is full.
    static void fill(int fd) {
        const std::string block(4096, 'x');
        for (;;) {
            pollfd wanted{fd, POLLOUT, 0};
            if (::poll(&wanted, 1, 0) != 1) return;
            ASSERT_GT(::write(fd, block.data(), block.size()), 0);
        }
    }

    Housekeeper keeper_;
    std::shared_ptr<tests::RecordingEvents> events_ = std::make_shared<tests::RecordingEvents>();
    std::shared_ptr<OutputBuffer> outputs_ = std::make_shared<OutputBuffer>(events_, keeper_);
    PipeReader reader_;
    std::shared_ptr<KernelPipes> pipes_ = std::make_shared<KernelPipes>(outputs_, reader_);
    std::vector<int> open_;
};

TEST_F(KernelPipesTest, WhatIsWrittenIsOutputOfTheCell) {
    const int out = open(cell("a"));
    const int err = open(cell("b"), "stderr");
    write(out, "hello");
    write(err, "oh");
    EXPECT_TRUE(printed("a", "hello"));
    EXPECT_TRUE(printed("b", "oh"));
    write(out, " again");
    EXPECT_TRUE(printed("a", "hello again"));
}

TEST_F(KernelPipesTest, WhatIsThereIsCollectedAtOnce) {
    const int end = open(cell("a"));
    for (int i = 0; i < 100; ++i) {
        write(end, "x");
        pipes_->collect();
        outputs_->flush();
        ASSERT_EQ(events_->text("a"), std::string(static_cast<std::size_t>(i) + 1, 'x'));
    }
}

TEST_F(KernelPipesTest, ACharacterInTwoPiecesIsOne) {
    const int end = open(cell("a"));
    write(end, "snow \xe2\x98");
    pipes_->collect();
    write(end, "\x83 and \xf0\x9f");
    pipes_->collect();
    write(end, "\x8c\xbd, broken \xe2");
    close_end(end);
    EXPECT_TRUE(printed("a", "snow \xe2\x98\x83 and \xf0\x9f\x8c\xbd, broken \xef\xbf\xbd"));
}

TEST_F(KernelPipesTest, APipeGoesWhenNobodyCanWriteAnyMore) {
    const int end = open(cell("a"));
    EXPECT_TRUE(pipes_->any());
    write(end, "last");
    close_end(end);
    EXPECT_TRUE(tests::eventually([&] { return !pipes_->any(); }));
    outputs_->flush();
    EXPECT_EQ(events_->text("a"), "last");
}

TEST_F(KernelPipesTest, ATerminalIsOneAndChangesNothing) {
    const int end = open(cell("a"), "stdout", Kind::terminal);
    EXPECT_EQ(::isatty(end), 1);
    write(end, "one\ntwo\n");
    EXPECT_TRUE(printed("a", "one\ntwo\n"));
    write(end, "three\n");
    close_end(end);
    EXPECT_TRUE(tests::eventually([&] { return !pipes_->any(); }));
    outputs_->flush();
    EXPECT_EQ(events_->text("a"), "one\ntwo\nthree\n");
}

TEST_F(KernelPipesTest, APipeOfNoCellFollowsTheKernel) {
    const int end = open(nullptr);
    pipes_->follow(cell("a"));
    write(end, "1");
    pipes_->collect();
    pipes_->follow(cell("b"));
    write(end, "2");
    pipes_->collect();
    outputs_->flush();
    EXPECT_EQ(events_->text("a"), "1");
    EXPECT_EQ(events_->text("b"), "2");
}

TEST_F(KernelPipesTest, WhileHeldProgramsWait) {
    const int end = open(cell("a"));
    pipes_->hold(true);
    write(end, "x");  // the one event that is on its way
    EXPECT_TRUE(printed("a", "x"));
    fill(end);
    pollfd wanted{end, POLLOUT, 0};
    EXPECT_EQ(::poll(&wanted, 1, 50), 0) << "nobody reads";
    pipes_->hold(false);
    EXPECT_EQ(::poll(&wanted, 1, 20000), 1);
    const std::string::size_type before = events_->text("a").size();
    pipes_->hold(true);
    write(end, "y");
    pipes_->collect();
    outputs_->flush();
    EXPECT_GT(events_->text("a").size(), before) << "what is collected is read all the same";
    EXPECT_TRUE(events_->text("a").ends_with("y"));
}

TEST_F(KernelPipesTest, ThereIsABound) {
    const auto parent = cell("a");
    std::vector<int> ends;
    // Descriptors of the test's own process may be fewer than the bound.
    for (std::size_t i = 0; i < kPipesMax; ++i) {
        const auto end = pipes_->open(parent, "stdout", Kind::pipe);
        if (!end) {
            EXPECT_EQ(end.error().code, std::errc::too_many_files_open);
            break;
        }
        open_.push_back(*end);
    }
    const auto beyond = pipes_->open(parent, "stdout", Kind::pipe);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, std::errc::too_many_files_open);
    close_end(open_.back());
    EXPECT_TRUE(tests::eventually([&] {
        const auto again = pipes_->open(parent, "stdout", Kind::pipe);
        if (again) open_.push_back(*again);
        return again.has_value();
    }));
}

TEST_F(KernelPipesTest, AfterTheEndWritersGetAnError) {
    const int end = open(cell("a"));
    pipes_->close();
    EXPECT_FALSE(pipes_->any());
    const auto old = ::signal(SIGPIPE, SIG_IGN);
    // The reader's thread may be about to let go of it.
    EXPECT_TRUE(tests::eventually([&] { return ::write(end, "x", 1) < 0 && errno == EPIPE; }));
    ::signal(SIGPIPE, old);
    const auto late = pipes_->open(cell("b"), "stdout", Kind::pipe);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, std::errc::broken_pipe);
}

TEST(UnfinishedUtf8, IsWhatLacksItsRest) {
    using namespace std::string_literals;
    EXPECT_EQ(unfinished_utf8_bytes(""), 0U);
    EXPECT_EQ(unfinished_utf8_bytes("abc"), 0U);
    EXPECT_EQ(unfinished_utf8_bytes("\xc3"), 1U);
    EXPECT_EQ(unfinished_utf8_bytes("a\xc3\xa9"), 0U);
    EXPECT_EQ(unfinished_utf8_bytes("a\xe2\x98"), 2U);
    EXPECT_EQ(unfinished_utf8_bytes("\xe2\x98\x83"), 0U);
    EXPECT_EQ(unfinished_utf8_bytes("\xf0\x9f\x8c"), 3U);
    EXPECT_EQ(unfinished_utf8_bytes("\xf0\x9f\x8c\xbd"), 0U);
    EXPECT_EQ(unfinished_utf8_bytes("\x83\x83\x83\x83"), 0U) << "no character begins here";
}

}  // namespace
}  // namespace corncob::tenants
