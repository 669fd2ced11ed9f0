#include "server/task_group.hpp"

#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace corncob::server {
namespace {

using std::chrono::milliseconds;

Awaitable<void> sleep_until_cancelled(bool gentle, int* ended) {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (gentle) co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    const Executor executor = co_await asio::this_coro::executor;
    Timer timer(executor);
    timer.expires_after(std::chrono::hours(1));
    co_await timer.async_wait(kAsTuple);
    ++*ended;
}

Awaitable<void> fail() {
    throw std::runtime_error("a bug");
    co_return;
}

class TaskGroupTest : public testing::Test {
 protected:
    bool wait(milliseconds limit) {
        bool empty = false;
        asio::co_spawn(context_.get_executor(), group_.wait(limit), [&](std::exception_ptr, bool done) {
            empty = done;
            context_.stop();
        });
        context_.restart();
        context_.run();
        return empty;
    }
    asio::io_context context_{1};
    std::ostringstream text_;
    std::shared_ptr<Log> log_ = make_log({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    TaskGroup group_{*log_};
};

TEST_F(TaskGroupTest, AnEmptyGroupNeedsNoWait) {
    EXPECT_TRUE(wait(milliseconds(0)));
}

TEST_F(TaskGroupTest, CancelsGentlyThenHard) {
    int ended = 0;
    group_.spawn(context_.get_executor(), sleep_until_cancelled(true, &ended), "gentle");
    group_.spawn(context_.get_executor(), sleep_until_cancelled(false, &ended), "stubborn");
    EXPECT_EQ(group_.size(), 2U);
    EXPECT_FALSE(wait(milliseconds(1)));
    group_.cancel(asio::cancellation_type::total);
    EXPECT_FALSE(wait(milliseconds(20)));
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(group_.size(), 1U);
    group_.cancel(asio::cancellation_type::terminal);
    EXPECT_TRUE(wait(std::chrono::seconds(20)));
    EXPECT_EQ(ended, 2);
}

TEST_F(TaskGroupTest, AnExceptionEndsItsTaskAloneAndIsLogged) {
    int ended = 0;
    group_.spawn(context_.get_executor(), fail(), "the failing task");
    group_.spawn(context_.get_executor(), sleep_until_cancelled(true, &ended), "another");
    EXPECT_FALSE(wait(milliseconds(20)));
    EXPECT_EQ(group_.size(), 1U);
    EXPECT_NE(text_.str().find("the failing task ended by an exception: a bug"), std::string::npos);
    group_.cancel(asio::cancellation_type::terminal);
    EXPECT_TRUE(wait(std::chrono::seconds(20)));
}

}  // namespace
}  // namespace corncob::server
