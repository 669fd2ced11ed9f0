#include "server/completion.hpp"

#include <optional>
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

namespace corncob::server {
namespace {

std::optional<bool> waited(asio::io_context& context, Completion& completion, std::chrono::milliseconds limit) {
    std::optional<bool> result;
    asio::co_spawn(context.get_executor(), completion.wait(limit),
                   [&](std::exception_ptr, bool done) { result = done; });
    context.run();
    return result;
}

TEST(Completion, WakesForAnotherThread) {
    asio::io_context context(1);
    Completion completion(context.get_executor());
    std::thread other(completion.notifier());
    EXPECT_EQ(waited(context, completion, std::chrono::seconds(20)), true);
    other.join();
}

TEST(Completion, RemembersWhatCameFirst) {
    asio::io_context context(1);
    Completion completion(context.get_executor());
    completion.notifier()();
    context.run();
    context.restart();
    EXPECT_EQ(waited(context, completion, std::chrono::milliseconds(0)), true);
}

TEST(Completion, GivesUpAtItsLimit) {
    asio::io_context context(1);
    std::function<void()> late;
    {
        Completion completion(context.get_executor());
        late = completion.notifier();
        EXPECT_EQ(waited(context, completion, std::chrono::milliseconds(1)), false);
    }
    late();  // touches nothing that is gone
    context.restart();
    context.run();
}

}  // namespace
}  // namespace corncob::server
