#include "tenants/language_worker.hpp"

#include <gtest/gtest.h>

#include <memory>
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
