#include "tenants/language_worker.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/fake_interpreter.hpp"
#include "tests/fakes/recording_events.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;
using tests::FakeInterpreter;
using tests::RecordingEvents;
using Hold = FakeInterpreter::Hold;

SharedRequest complete(const std::string& id) {
    return std::make_shared<const Request>(Request{tests::request(MsgType::complete_request, id), {}});
}

struct Served {
    Housekeeper keeper;
    std::shared_ptr<RecordingEvents> events = std::make_shared<RecordingEvents>();
    std::shared_ptr<KernelPort> port =
        std::make_shared<KernelPort>(HostedKernelSettings{}, std::make_shared<OutputBuffer>(events, keeper));
};

TEST(LanguageWorker, AnswersInOrder) {
    FakeInterpreter interpreter;
    Served served;
    LanguageWorker worker(interpreter, [&] { interpreter.collect_garbage(); });
    std::vector<std::string> expected;
    for (int i = 0; i < 50; ++i) {
        expected.push_back(std::to_string(i));
        ASSERT_TRUE(worker.post(served.port, complete(expected.back())));
    }
    ASSERT_TRUE(served.events->wait_reply("49"));
    std::vector<std::string> replied;
    for (const auto& event : served.events->all()) replied.push_back(event.msg_id);
    EXPECT_EQ(replied, expected);
}

TEST(LanguageWorker, RefusesWhenTooManyWait) {
    FakeInterpreter interpreter(Hold::language);
    Served served;
    LanguageWorker worker(interpreter, [&] { interpreter.collect_garbage(); });
    ASSERT_TRUE(worker.post(served.port, complete("running")));
    ASSERT_TRUE(interpreter.language.wait_arrived());
    for (std::size_t i = 0; i < kLanguageRequestsMax; ++i) ASSERT_TRUE(worker.post(served.port, complete("waiting")));
    EXPECT_FALSE(worker.post(served.port, complete("refused")));
    interpreter.language.open();
    EXPECT_TRUE(served.events->wait_reply("waiting"));
    EXPECT_TRUE(worker.post(served.port, complete("later")));
    EXPECT_TRUE(served.events->wait_reply("later"));
}

/// Answers of requests named "stuck..." wait for the gate.
class StickyInterpreter final : public FakeInterpreter {
 public:
    std::optional<Reply> answer(const KernelPort& port, const SharedRequest& request) override {
        if (request->message.header.msg_id.str().starts_with("stuck")) stuck.pass();
        return FakeInterpreter::answer(port, request);
    }
    tests::Gate stuck;
};

TEST(LanguageWorker, WhatRunsBesideAKernelDoesNotWaitForItsAnswers) {
    StickyInterpreter interpreter;
    Served served;
    LanguageWorker worker(
        interpreter, [&] { interpreter.collect_garbage(); }, std::chrono::milliseconds(20));
    ASSERT_TRUE(worker.post(served.port, complete("stuck")));
    ASSERT_TRUE(interpreter.stuck.wait_arrived());
    Request beside{tests::execute("beside", "# thread"), {}};
    beside.run_mode = RunMode::thread;
    ASSERT_TRUE(worker.post(served.port, std::make_shared<const Request>(std::move(beside))));
    EXPECT_TRUE(served.events->wait_reply("beside")) << "there is no kernel to hand it to";
    EXPECT_EQ(served.events->all().size(), 1U);
    interpreter.stuck.open();
    EXPECT_TRUE(served.events->wait_reply("stuck"));
}

TEST(LanguageWorker, AStuckKernelHoldsUpNoOther) {
    StickyInterpreter interpreter;
    LanguageWorker worker(
        interpreter, [&] { interpreter.collect_garbage(); }, std::chrono::milliseconds(20));
    // All but one of the threads get stuck, and the kernels behind them are still answered.
    std::vector<std::unique_ptr<Served>> stuck;
    for (std::size_t i = 1; i < kLanguageThreadsMax; ++i) {
        stuck.push_back(std::make_unique<Served>());
        ASSERT_TRUE(worker.post(stuck.back()->port, complete("stuck")));
        ASSERT_TRUE(worker.post(stuck.back()->port, complete("behind it")));
    }
    Served other;
    ASSERT_TRUE(worker.post(other.port, complete("other")));
    EXPECT_TRUE(other.events->wait_reply("other"));
    for (const auto& served : stuck) EXPECT_TRUE(served->events->all().empty()) << "in order";
    worker.collect_garbage_soon();
    EXPECT_TRUE(interpreter.wait_collection()) << "what is stuck does not count as busy";
    interpreter.stuck.open();
    for (const auto& served : stuck) EXPECT_TRUE(served->events->wait_reply("behind it"));
}

TEST(LanguageWorker, KernelsGetTheirAnswersByTurns) {
    FakeInterpreter interpreter(Hold::language);
    Served many;  // both kernels tell the same listener, which sees the order
    const auto one =
        std::make_shared<KernelPort>(HostedKernelSettings{}, std::make_shared<OutputBuffer>(many.events, many.keeper));
    LanguageWorker worker(
        interpreter, [&] { interpreter.collect_garbage(); }, tests::kDeadline);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(worker.post(many.port, complete(std::to_string(i))));
    ASSERT_TRUE(interpreter.language.wait_arrived());
    ASSERT_TRUE(worker.post(one, complete("one")));
    interpreter.language.open();
    ASSERT_TRUE(many.events->wait_reply("49"));
    EXPECT_EQ(many.events->all().at(1).msg_id, "one");
}

TEST(LanguageWorker, DestructionDropsWhatWaits) {
    FakeInterpreter interpreter(Hold::language);
    Served served;
    {
        LanguageWorker worker(interpreter, [&] { interpreter.collect_garbage(); });
        worker.post(served.port, complete("running"));
        ASSERT_TRUE(interpreter.language.wait_arrived());
        // The worker's destructor waits for the running one, which goes on as soon as this one is dropped.
        worker.post(served.port, std::shared_ptr<const Request>(
                                     new Request{tests::request(MsgType::complete_request, "waiting"), {}},
                                     [&](const Request* dropped) {
                                         delete dropped;
                                         interpreter.language.open();
                                     }));
    }
    ASSERT_EQ(served.events->all().size(), 1U);
    EXPECT_EQ(served.events->all()[0].msg_id, "running");
    EXPECT_EQ(served.port.use_count(), 1);
}

TEST(LanguageWorker, ManyEndedKernelsAreOneCollection) {
    FakeInterpreter interpreter;
    Served served;
    LanguageWorker worker(interpreter, [&] { interpreter.collect_garbage(); });
    for (int i = 0; i < 50; ++i) worker.collect_garbage_soon();
    ASSERT_TRUE(interpreter.wait_collection());
    worker.post(served.port, complete("barrier"));
    ASSERT_TRUE(served.events->wait_reply("barrier"));
    EXPECT_EQ(interpreter.collections(), 1U);
}

}  // namespace
}  // namespace corncob::tenants
