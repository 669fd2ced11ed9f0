#include "tenants/shells.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::SubshellId;

class ShellsTest : public testing::Test {
 protected:
    SharedRequest add(const std::string& id, const SubshellId& subshell = {}) {
        auto message = tests::execute(id, "code");
        message.header.subshell_id = subshell;
        auto cell = std::make_shared<const Request>(Request{std::move(message), {}});
        shells_.add(cell, now_);
        return cell;
    }
    /// Those that begin now: "ab".
    std::string begin() {
        std::string begun;
        while (const auto cell = shells_.begin_next(now_)) begun += cell->message.header.msg_id.str();
        return begun;
    }

    const Clock::Steady now_;
    std::shared_ptr<MessageSink> maker_ = std::make_shared<tests::RecordingSink>();
    Shells shells_{true};
};

TEST_F(ShellsTest, CountsTheCellsOfAll) {
    const auto id = shells_.create(maker_);
    const auto a = add("a");
    add("b");
    add("c", *id);
    EXPECT_EQ(shells_.counts().waiting, 3U);
    begin();
    EXPECT_EQ(shells_.counts().running, 2U);
    EXPECT_EQ(shells_.counts().waiting, 1U);
    shells_.finish(a);
    EXPECT_EQ(shells_.counts().running, 1U);
}

TEST_F(ShellsTest, EachRunsItsCellsInTurn) {
    const auto id = shells_.create(maker_);
    ASSERT_TRUE(id);
    const auto a = add("a");
    add("b");
    const auto c = add("c", *id);
    add("d", *id);
    const std::string begun = begin();
    EXPECT_TRUE(begun == "ac" || begun == "ca") << begun;
    EXPECT_TRUE(shells_.runs(a) && shells_.runs(c) && shells_.any_runs());
    EXPECT_EQ(shells_.running().size(), 2U);
    EXPECT_EQ(shells_.backlog(), 2U);
    EXPECT_TRUE(shells_.finish(c));
    EXPECT_EQ(begin(), "d");
    EXPECT_EQ(shells_.take_waiting_with(c).size(), 0U);
    EXPECT_EQ(shells_.take_waiting_with(a).size(), 1U);
    EXPECT_TRUE(shells_.finish(a));
    EXPECT_EQ(begin(), "");
}

TEST_F(ShellsTest, AreMadeListedAndRemoved) {
    EXPECT_TRUE(shells_.contains(SubshellId()));
    EXPECT_TRUE(shells_.subshells().empty());
    const auto id = shells_.create(maker_);
    EXPECT_EQ(shells_.subshells(), std::vector<SubshellId>{*id});
    EXPECT_TRUE(shells_.contains(*id));
    EXPECT_TRUE(shells_.remove(*id));
    EXPECT_FALSE(shells_.contains(*id));
    EXPECT_FALSE(shells_.remove(*id));
    EXPECT_FALSE(shells_.remove(SubshellId())) << "the main shell stays";
    EXPECT_FALSE(shells_.remove(SubshellId("other")));
}

TEST_F(ShellsTest, WhatRunsInARemovedOneRunsOn) {
    const auto id = shells_.create(maker_);
    const auto a = add("a", *id);
    add("b", *id);
    EXPECT_EQ(begin(), "a");
    EXPECT_EQ(shells_.remove(*id)->size(), 1U);
    EXPECT_FALSE(shells_.remove(*id));
    EXPECT_TRUE(shells_.subshells().empty());
    EXPECT_TRUE(shells_.runs(a));
    EXPECT_TRUE(shells_.finish(a));
    EXPECT_FALSE(shells_.finish(a));
    EXPECT_FALSE(shells_.any_runs());
}

TEST_F(ShellsTest, AreBounded) {
    std::vector<SubshellId> made;
    for (std::size_t i = 0; i < kSubshellsMax; ++i) made.push_back(shells_.create(maker_).value());
    EXPECT_FALSE(shells_.create(maker_));
    shells_.remove(made.front());
    EXPECT_TRUE(shells_.create(maker_));
}

TEST_F(ShellsTest, AnOrphanIsOneThatNobodyUses) {
    auto reloaded = std::make_shared<tests::RecordingSink>();
    shells_.create(maker_);
    const auto used = shells_.create(reloaded);
    const auto unused = shells_.create(reloaded);
    const auto cell = add("a", *used);
    begin();
    EXPECT_FALSE(shells_.remove_orphan());
    reloaded.reset();
    EXPECT_EQ(shells_.remove_orphan(), unused);
    EXPECT_FALSE(shells_.remove_orphan());
    EXPECT_TRUE(shells_.finish(cell));
    EXPECT_EQ(shells_.remove_orphan(), used);
    EXPECT_FALSE(shells_.remove_orphan()) << "the main shell is nobody's";
}

TEST_F(ShellsTest, AModeIsForAllThereAreAndWillBe) {
    const auto first = shells_.create(maker_);
    shells_.set_chained(false, nullptr);
    const auto second = shells_.create(maker_);
    for (const SubshellId& id : {SubshellId(), *first, *second}) {
        add("a", id);
        add("b", id);
    }
    EXPECT_EQ(begin().size(), 6U);
    EXPECT_EQ(shells_.take_waiting().size(), 0U);
}

}  // namespace
}  // namespace corncob::tenants
