// Random lives of a few kernels on a FakeHost: whatever happens in whatever order, the invariants of kernel.hpp hold
// for every client. CORNCOB_TEST_SEED=n begins with life n; a failure prints its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
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
constexpr std::size_t kReplayBytesMax = 1U << 20U;  // more than a life makes: nothing may be missing

class Simulation {
 public:
    explicit Simulation(unsigned seed) : random_(seed) {
        for (int i = 0; i < kKernels; ++i) add_kernel("k" + std::to_string(i));
    }

    void run() {
        for (int i = 0; i < kSteps; ++i) step();
        for (Life& life : lives_) {
            if (life.kernel->dead()) cut_off(life);
            if (!life.wanderer.sink) connect(life);
        }
        for (Life& life : lives_) life.kernel->shutdown([this] { ++done_; });
        asked_ += kKernels;
        for (Life& life : lives_) drop(life, true);
        host_.end_stopped();
    }

    void check() const {
        for (const Life& life : lives_) {
            check_client(life, *life.witness);
            check_replies(life);
            check_order(life);
            check_wanderer(life);
        }
        EXPECT_EQ(done_, asked_) << "restarts and shutdowns that were answered";
        for (const Life& life : lives_) EXPECT_EQ(life.kernel.use_count(), 1);
    }

 private:
    /// A client whose network fails again and again. Some of what it was sent has not arrived when it drops.
    struct Wanderer {
        std::shared_ptr<RecordingSink> sink;  // null: dropped
        std::vector<RecordingSink::Seen> got;
        std::set<std::string> asked;  // msg_ids of its requests since the last restart
        /// What was on its way to it when the kernel was restarted or died is not replayed: positions from, to.
        std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
        std::uint64_t position() const { return got.empty() ? 0 : got.back().position; }
    };
    struct Life {
        std::string name;
        std::shared_ptr<Kernel> kernel;
        std::shared_ptr<RecordingSink> witness;  // subscribed all the time, asks most of the requests
        std::shared_ptr<RecordingSink> visitor;  // comes and goes
        Wanderer wanderer;
        bool visiting = false;
        std::map<std::string, bool> accepted;  // msg_id -> asked by the witness; requests that must be replied
    };

    void add_kernel(const std::string& name) {
        Life life{name, nullptr, std::make_shared<RecordingSink>(), std::make_shared<RecordingSink>(), {}, false, {}};
        life.kernel = std::make_shared<Kernel>(
            KernelIdentity{
                protocol::TenantId("t"), protocol::KernelId(name), Kernelspec{"python3", "", {}, "", {}}, {}, {}},
            KernelSurroundings{host_, clock_, observer_, kQueuedCellsMax, kReplayBytesMax}, QuotaUnit());
        life.kernel->subscribe(life.witness);
        connect(life);
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
        if (dice < 92) return visit(life);
        if (dice < 95) return life.wanderer.sink ? drop(life, false) : connect(life);
        if (dice < 97) return restart(life);
        if (dice == 97) return disown_stuck();
        if (dice == 98) return host_.end_stopped();
        if (pick(4) == 0) {
            ++asked_;
            cut_off(life);
            life.kernel->shutdown([this] { ++done_; });
        }
    }

    void connect(Life& life) {
        life.wanderer.sink = std::make_shared<RecordingSink>();
        life.wanderer.sink->confirms_up_to = 0;  // until it drops, what has arrived is open
        life.kernel->subscribe(life.wanderer.sink, {"principal", life.name});
    }

    void drop(Life& life, bool all_arrived) {
        const auto sink = std::exchange(life.wanderer.sink, nullptr);
        const auto sent = sink->seen();
        const std::size_t arrived =
            all_arrived ? sent.size() : static_cast<std::size_t>(pick(static_cast<int>(sent.size()) + 1));
        sink->confirms_up_to = arrived == 0 ? 0 : sent[arrived - 1].position;
        life.wanderer.got.insert(life.wanderer.got.end(), sent.begin(),
                                 sent.begin() + static_cast<std::ptrdiff_t>(arrived));
        life.kernel->unsubscribe(sink.get());
    }

    /// The old Python may never stop: the kernel is ready for cells all the same.
    void restart(Life& life) {
        ++asked_;
        cut_off(life);
        const std::size_t pythons = host_.started().size();
        life.kernel->restart([this] { ++done_; });
        if (life.kernel->dead()) return;
        EXPECT_FALSE(life.kernel->busy()) << life.name;
        const std::string id = life.name + "-" + std::to_string(next_id_++);
        ASSERT_TRUE(life.kernel->submit(tests::execute(id, ""), life.witness));
        life.accepted[id] = true;
        ASSERT_GT(host_.started().size(), pythons) << life.name << ": no new Python takes the cell";
        EXPECT_TRUE(host_.last()->request(id)) << life.name;
    }

    /// Before a restart or the end.
    static void cut_off(Life& life) {
        const auto seen = life.witness->seen();
        const std::uint64_t now = seen.empty() ? 0 : seen.back().position;
        life.wanderer.gaps.emplace_back(life.wanderer.position(), now);
        life.wanderer.asked.clear();
    }

    void disown_stuck() {
        for (const auto& python : host_.started()) {
            if (python->stopped() && !python->ended() && pick(2) == 0) python->end(EndReason::disowned, "stuck");
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
        const int asker = pick(5);
        const bool by_witness = asker > 1;
        if (asker == 0 && life.wanderer.sink) return submit_from_afar(life, type, id);
        const bool dead = life.kernel->dead();
        const bool taken = life.kernel->submit(message(type, id), by_witness ? life.witness : life.visitor).has_value();
        EXPECT_EQ(taken, !dead && type != MsgType::status) << id;
        if (taken && reply_type(type)) life.accepted[id] = by_witness;
    }

    /// Some cells ask to run beside the others.
    protocol::Message message(MsgType type, const std::string& id) {
        return type == MsgType::execute_request && pick(4) == 0 ? tests::execute(id, "# task")
                                                                : tests::request(type, id);
    }

    static void submit_from_afar(Life& life, MsgType type, const std::string& id) {
        const bool taken = life.kernel->submit(tests::request(type, id), life.wanderer.sink).has_value();
        if (taken && reply_type(type)) life.wanderer.asked.insert(id);
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
        switch (pick(13)) {
            case 12:
                return python.set_modes(request, {.concurrent = pick(2) == 0});
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
                if (pick(8) == 0) python.end(EndReason::crashed, "crashed");
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

    /// It got every output that the witness saw, and one reply to each of its requests, in order and once, though its
    /// connection was cut again and again.
    static void check_wanderer(const Life& life) {
        const Wanderer& wanderer = life.wanderer;
        std::set<std::uint64_t> got;
        std::map<std::string, int> replies;
        std::uint64_t last = 0;
        for (const auto& each : wanderer.got) {
            EXPECT_GT(each.position, last) << life.name << ": out of order or twice";
            last = each.position;
            got.insert(each.position);
            if (each.channel == Channel::shell) ++replies[each.parent_msg_id];
        }
        const auto in_a_gap = [&](std::uint64_t position) {
            return std::any_of(wanderer.gaps.begin(), wanderer.gaps.end(),
                               [=](const auto& gap) { return gap.first < position && position <= gap.second; });
        };
        for (const auto& each : life.witness->seen()) {
            if (each.channel != Channel::iopub || each.type == MsgType::status) continue;
            EXPECT_TRUE(got.contains(each.position) || in_a_gap(each.position))
                << life.name << " missed " << wire_name(each.type) << " of " << each.parent_msg_id;
        }
        for (const auto& id : wanderer.asked) EXPECT_EQ(replies[id], 1) << id;
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
