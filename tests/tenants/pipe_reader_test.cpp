#include "tenants/pipe_reader.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>

#include "tests/fakes/eventually.hpp"

namespace corncob::tenants {
namespace {

/// Counts what it is told; reads nothing.
struct Counter final : PipeWatcher {
    void on_readable() override { ++told; }
    std::atomic<int> told{0};
};

class PipeReaderTest : public testing::Test {
 protected:
    PipeReaderTest() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~PipeReaderTest() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    void write() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

    std::array<int, 2> ends_{};
    std::shared_ptr<Counter> counter_ = std::make_shared<Counter>();
    PipeReader reader_;
};

TEST_F(PipeReaderTest, TellsOnceForEachTimeThatItIsArmed) {
    const auto id = reader_.watch(ends_[0], counter_);
    ASSERT_TRUE(id);
    write();
    EXPECT_TRUE(tests::eventually([&] { return counter_->told == 1; }));
    write();  // it is not armed: were it told, the next line would see 3
    reader_.arm(ends_[0], *id);
    EXPECT_TRUE(tests::eventually([&] { return counter_->told == 2; }));
    reader_.forget(ends_[0], *id);
}

TEST_F(PipeReaderTest, TheEndOfAPipeIsAnEvent) {
    ASSERT_TRUE(reader_.watch(ends_[0], counter_));
    ::close(ends_[1]);
    EXPECT_TRUE(tests::eventually([&] { return counter_->told == 1; }));
    ends_[1] = ::dup(ends_[0]);
}

TEST_F(PipeReaderTest, WhoIsForgottenOrGoneIsNotTold) {
    const auto other = std::make_shared<Counter>();
    std::array<int, 2> others{};
    ASSERT_EQ(::pipe(others.data()), 0);
    const auto id = reader_.watch(ends_[0], counter_);
    ASSERT_TRUE(id);
    reader_.forget(ends_[0], *id);
    ASSERT_TRUE(reader_.watch(ends_[0], std::make_shared<Counter>()));
    write();
    ASSERT_TRUE(reader_.watch(others[0], other));
    ASSERT_EQ(::write(others[1], "x", 1), 1);
    EXPECT_TRUE(tests::eventually([&] { return other->told == 1; }));
    EXPECT_EQ(counter_->told, 0);
    ::close(others[0]);
    ::close(others[1]);
}

TEST_F(PipeReaderTest, WhatCannotBeWatchedIsAnError) {
    const auto id = reader_.watch(-1, counter_);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, std::errc::bad_file_descriptor);
}

TEST_F(PipeReaderTest, NobodyIsToldAfterTheStop) {
    const auto id = reader_.watch(ends_[0], counter_);
    ASSERT_TRUE(id);
    reader_.stop();
    write();
    EXPECT_EQ(counter_->told, 0);
    reader_.forget(ends_[0], *id);
}

}  // namespace
}  // namespace corncob::tenants
