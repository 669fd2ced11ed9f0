#include "server/side_thread.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "tests/fakes/gate.hpp"

namespace corncob::server {
namespace {

std::optional<std::string> asked(SideThread& side, std::function<std::string()> make, std::chrono::milliseconds limit) {
    asio::io_context context(1);
    std::optional<std::string> answer;
    asio::co_spawn(context.get_executor(), side.ask<std::string>(std::move(make), limit),
                   [&](std::exception_ptr, std::optional<std::string> given) { answer = std::move(given); });
    context.run();
    return answer;
}

TEST(SideThread, AnswersFromAnotherThread) {
    SideThread side;
    std::thread::id where;
    const auto answer = asked(
        side,
        [&] {
            where = std::this_thread::get_id();
            return std::string("made");
        },
        std::chrono::seconds(20));
    EXPECT_EQ(answer, "made");
    EXPECT_NE(where, std::this_thread::get_id());
}

TEST(SideThread, WhoWaitsGivesUpAtTheLimit) {
    tests::Gate gate;
    asio::io_context context(1);
    {
        SideThread side;
        std::optional<std::optional<std::string>> answer;
        std::function<std::string()> make = [&] {
            gate.pass();
            return std::string("late");
        };
        asio::co_spawn(context.get_executor(), side.ask<std::string>(std::move(make), std::chrono::milliseconds(1)),
                       [&](std::exception_ptr, std::optional<std::string> given) { answer = std::move(given); });
        context.run();
        ASSERT_TRUE(answer);
        EXPECT_FALSE(*answer);
        gate.open();
    }
    context.restart();
    context.run();  // what came late touches nothing that is gone
}

}  // namespace
}  // namespace corncob::server
