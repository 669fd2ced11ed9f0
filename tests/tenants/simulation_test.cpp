// Random lives of a few kernels on a FakeHost: whatever happens in whatever order, the invariants of kernel.hpp hold
// for every client. CORNCOB_TEST_SEED=n begins with life n; a failure prints its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tenants/kernel.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_host.hpp"
#include "tests/fakes/protocol_invariants.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::FakeHostKernel;
using tests::RecordingSink;

constexpr int kKernels = 3;
constexpr int kSteps = 400;
constexpr std::size_t kQueuedCellsMax = 4;

class Simulation {
 public:
    explicit Simulation(unsigned seed) : random_(seed) {
        for (int i = 0; i < kKernels; ++i) add_kernel("k" + std::to_string(i));
    }

    void run() {
        for (int i = 0; i < kSteps; ++i) step();
        for (Life& life : lives_) life.kernel->shutdown([this] { ++done_; });
        asked_ += kKernels;
        host_.end_stopped();
    }

    void check() const {
        for (const Life& life : lives_) {
            check_client(life, *life.witness);
            check_replies(life);
            check_order(life);
        }
        EXPECT_EQ(done_, asked_) << "restarts and shutdowns that were answered";
        for (const Life& life : lives_) EXPECT_EQ(life.kernel.use_count(), 1);
    }

 private:
    struct Life {
        std::string name;
        std::shared_ptr<Kernel> kernel;
        std::shared_ptr<RecordingSink> witness;  // subscribed all the time, asks most of the requests
        std::shared_ptr<RecordingSink> visitor;  // comes and goes
        bool visiting = false;
        std::map<std::string, bool> accepted;  // msg_id -> asked by the witness; requests that must be replied
    };

    void add_kernel(const std::string& name) {
        Life life{name, nullptr, std::make_shared<RecordingSink>(), std::make_shared<RecordingSink>(), false, {}};
        life.kernel = std::make_shared<Kernel>(
            KernelIdentity{
                protocol::TenantId("t"), protocol::KernelId(name), Kernelspec{"python3", "", {}, "", {}}, {}, {}},
            KernelSurroundings{host_, clock_, observer_, kQueuedCellsMax}, QuotaUnit());
        life.kernel->subscribe(life.witness);
        lives_.push_back(std::move(life));
    }

    int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

    void step() {
        Life& life = lives_[static_cast<std::size_t>(pick(kKernels))];
        clock_.advance(std::chrono::milliseconds(pick(50)));
        const int dice = pick(100);
        if (dice < 45) return submit(life);
        if (dice < 85) return let_host_speak();
        if (dice < 90) return life.kernel->interrupt();
        if (dice < 95) return visit(life);
        if (dice < 98) {
            ++asked_;
            return life.kernel->restart([this] { ++done_; });
        }
        if (dice == 98) return host_.end_stopped();
        if (pick(4) == 0) {
            ++asked_;
            life.kernel->shutdown([this] { ++done_; });
        }
    }

    void submit(Life& life) {
        static const std::vector<MsgType> types = {
            MsgType::execute_request,     MsgType::execute_request,   MsgType::execute_request,
            MsgType::complete_request,    MsgType::comm_msg,          MsgType::comm_info_request,
            MsgType::kernel_info_request, MsgType::interrupt_request, MsgType::history_request,
            MsgType::debug_request,       MsgType::input_reply,       MsgType::status};
        const MsgType type = types[static_cast<std::size_t>(pick(static_cast<int>(types.size())))];
        const std::string id = life.name + "-" + std::to_string(next_id_++);
        const bool by_witness = pick(4) != 0;
        const bool dead = life.kernel->dead();
        const bool taken =
            life.kernel->submit(tests::request(type, id), by_witness ? life.witness : life.visitor).has_value();
        EXPECT_EQ(taken, !dead && type != MsgType::status) << id;
        if (taken && reply_type(type)) life.accepted[id] = by_witness;
    }

    /// Any word, also late, doubled, or of a life that is over: the kernel must cope.
    void let_host_speak() {
        const auto started = host_.started();
        if (started.empty()) return;
        // Mostly the last few: those that are alive.
        const int last = static_cast<int>(started.size());
        const int index = pick(5) == 0 ? pick(last) : last - 1 - pick(std::min(last, kKernels));
        FakeHostKernel& python = *started[static_cast<std::size_t>(index)];
        const auto submitted = python.submitted();
        if (submitted.empty()) return;
        const int count = static_cast<int>(submitted.size());
        const auto& request = submitted[static_cast<std::size_t>(count - 1 - pick(std::min(count, 6)))];
        switch (pick(12)) {
            case 0:
                return python.fail(request, true);
            case 1:
                return python.fail(request, false);
            case 2:
                return python.ask_input(request, "?");
            case 3:
                return python.output(request, MsgType::comm_open, {{"comm_id", "c"}, {"target_name", "t"}});
            case 4:
                return python.print(nullptr, "x");
            case 5:
                if (pick(20) == 0) python.end(EndReason::crashed, "crashed");
                return;
            case 6:
            case 7:
                return python.print(request, "x");
            default:
                return python.reply(request);
        }
    }

    static void visit(Life& life) {
        if (life.visiting) {
            life.kernel->unsubscribe(life.visitor.get());
        } else {
            life.kernel->subscribe(life.visitor);
        }
        life.visiting = !life.visiting;
    }

    static void check_client(const Life& life, const RecordingSink& sink) {
        EXPECT_EQ(tests::broken_invariants(sink.seen()), std::vector<std::string>()) << life.name;
        EXPECT_TRUE(sink.ended()) << life.name;
        for (const auto& each : sink.seen()) {
            EXPECT_TRUE(each.parent_msg_id.empty() || each.parent_msg_id.starts_with(life.name + "-"))
                << life.name << " saw a message of " << each.parent_msg_id;
        }
    }

    static void check_replies(const Life& life) {
        std::map<std::string, int> by_witness;
        std::map<std::string, int> by_visitor;
        const auto count = [](const RecordingSink& sink, std::map<std::string, int>& replies) {
            for (const auto& each : sink.seen()) {
                if (each.channel == Channel::shell) ++replies[each.parent_msg_id];
            }
        };
        count(*life.witness, by_witness);
        count(*life.visitor, by_visitor);
        for (const auto& [id, witness_asked] : life.accepted) {
            EXPECT_EQ(by_witness[id], witness_asked ? 1 : 0) << id;
            EXPECT_EQ(by_visitor[id], witness_asked ? 0 : 1) << id;
        }
    }

    /// What the visitor saw on iopub is what the witness saw, in the same order, with gaps where it was away.
    static void check_order(const Life& life) {
        std::map<std::string, std::size_t> place;
        for (const auto& each : life.witness->seen()) {
            if (each.channel == Channel::iopub) place.emplace(each.msg_id, place.size());
        }
        std::size_t next = 0;
        for (const auto& each : life.visitor->seen()) {
            if (each.channel != Channel::iopub) continue;
            const auto found = place.find(each.msg_id);
            ASSERT_NE(found, place.end()) << life.name;
            EXPECT_GE(found->second, next) << life.name << ": out of order or twice";
            next = found->second + 1;
        }
    }

    std::mt19937 random_;
    tests::FakeHost host_;
    tests::FakeClock clock_;
    Observer observer_;
    std::vector<Life> lives_;
    int next_id_ = 0;
    int asked_ = 0;
    int done_ = 0;
};

/// CORNCOB_TEST_SEED repeats or varies a run.
unsigned first_seed() {
    const char* text = std::getenv("CORNCOB_TEST_SEED");
    return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 1;
}

TEST(Simulation, InvariantsHoldWhateverHappens) {
    constexpr unsigned kLives = 50;
    for (unsigned seed = first_seed(); seed < first_seed() + kLives && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("CORNCOB_TEST_SEED=" + std::to_string(seed));
        Simulation simulation(seed);
        simulation.run();
        simulation.check();
    }
}

}  // namespace
}  // namespace corncob::tenants
