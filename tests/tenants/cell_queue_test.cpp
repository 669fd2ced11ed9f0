#include "tenants/cell_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

class CellQueueTest : public testing::Test {
 protected:
    SharedRequest add(const std::string& id, RunMode mode = RunMode::usual) {
        Request request{tests::execute(id, "code"), {}};
        request.run_mode = mode;
        auto shared = std::make_shared<const Request>(std::move(request));
        cells_.add(shared, now_);
        return shared;
    }
    /// Those that begin now, in order: "ab".
    std::string begin() {
        std::string begun;
        while (const auto cell = cells_.begin_next(now_)) begun += cell->message.header.msg_id.str();
        return begun;
    }

    Clock::Steady now_;
    CellQueue cells_{true};
};

TEST_F(CellQueueTest, TheChainRunsInTurn) {
    const auto a = add("a");
    const auto b = add("b");
    EXPECT_EQ(cells_.backlog(), 2U);
    EXPECT_EQ(begin(), "a");
    EXPECT_TRUE(cells_.runs(a));
    EXPECT_FALSE(cells_.runs(b));
    EXPECT_EQ(cells_.backlog(), 1U);
    EXPECT_TRUE(cells_.finish(a));
    EXPECT_FALSE(cells_.finish(a));
    EXPECT_EQ(begin(), "b");
    EXPECT_TRUE(cells_.finish(b));
    EXPECT_FALSE(cells_.any_runs());
}

TEST_F(CellQueueTest, TasksAndThreadsBeginAtOnce) {
    const auto a = add("a");
    add("b");
    EXPECT_EQ(begin(), "a");
    add("c", RunMode::task);
    add("d", RunMode::thread);
    EXPECT_EQ(begin(), "cd");
    EXPECT_TRUE(cells_.finish(a));
    EXPECT_EQ(begin(), "b") << "those beside the chain do not hold it";
    EXPECT_EQ(cells_.running().size(), 3U);
}

TEST_F(CellQueueTest, UnchainedAllBeginButThoseThatAskForTheQueue) {
    const auto a = add("a");
    add("b");
    add("c", RunMode::queue);
    add("d");
    EXPECT_EQ(begin(), "a");
    cells_.set_chained(false, a);
    EXPECT_EQ(begin(), "bd");
    EXPECT_TRUE(cells_.finish(a));
    EXPECT_EQ(begin(), "c");
    add("e");
    EXPECT_EQ(begin(), "e");
}

TEST_F(CellQueueTest, WhoChainsIsTheFirstOfTheChain) {
    cells_.set_chained(false, nullptr);
    const auto a = add("a");
    const auto b = add("b");
    EXPECT_EQ(begin(), "ab");
    cells_.set_chained(true, b);
    cells_.set_chained(true, b);
    add("c");
    EXPECT_EQ(begin(), "");
    EXPECT_TRUE(cells_.finish(a));
    EXPECT_EQ(begin(), "");
    EXPECT_TRUE(cells_.finish(b));
    EXPECT_EQ(begin(), "c");
}

TEST_F(CellQueueTest, WhatWaitsCanBeTaken) {
    const auto a = add("a");
    add("b");
    add("c");
    EXPECT_EQ(begin(), "a");
    EXPECT_EQ(cells_.take_waiting().size(), 2U);
    EXPECT_EQ(cells_.backlog(), 0U);
    EXPECT_TRUE(cells_.runs(a));
}

TEST_F(CellQueueTest, RemembersWhen) {
    const auto a = add("a");
    const auto queued = now_;
    now_ += std::chrono::seconds(2);
    begin();
    const auto times = cells_.finish(a);
    ASSERT_TRUE(times);
    EXPECT_EQ(times->queued_at, queued);
    EXPECT_EQ(times->started_at, now_);
}

}  // namespace
}  // namespace corncob::tenants
