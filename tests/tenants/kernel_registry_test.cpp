#include "tenants/kernel_registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/fakes/cgroup_tree.hpp"
#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

class KernelRegistryTest : public TenantFixture {
 protected:
    void TearDown() override {
        for (const auto& kernel : kernels_.list()) kernels_.shutdown(kernel->id(), [] {});
        host_.end_stopped();
        EXPECT_EQ(limit_.used(), 0U);
    }
    std::shared_ptr<Kernel> start(StartKernel request = {}) {
        auto kernel = kernels_.start(std::move(request));
        EXPECT_TRUE(kernel);
        return kernel ? *kernel : nullptr;
    }

    Limit limit_{"kernels_max", 3};
    KernelRegistry kernels_{protocol::TenantId("ada"), kernelspecs_, {host_, clock_, observer_, 10}, limit_};
};

TEST_F(KernelRegistryTest, StartsTheDefaultKernelspec) {
    const auto kernel = start();
    EXPECT_EQ(kernel->spec().name, "python3");
    EXPECT_EQ(kernel->tenant().str(), "ada");
    EXPECT_EQ(kernels_.find(kernel->id()), kernel);
    EXPECT_EQ(observer_.notes(), std::vector<std::string>{"started ada " + kernel->id().str()});
    EXPECT_TRUE(host_.started().empty()) << "a kernel without a cell is an object and nothing else";
}

TEST_F(KernelRegistryTest, WhereASpareWaitsAKernelIsMadeReadyAtItsStart) {
    host_.spares = true;
    const auto kernel = start();
    ASSERT_EQ(host_.started().size(), 1U);
    EXPECT_TRUE(host_.last()->prepared());
    EXPECT_TRUE(host_.last()->submitted().empty());
    run_cell(*kernel);
    EXPECT_EQ(host_.started().size(), 1U) << "its first cell is run by what was made ready";
    kernels_.start(with_id(kernel->id().str()));
    EXPECT_EQ(host_.started().size(), 1U) << "it is started already";
}

TEST_F(KernelRegistryTest, AKernelIsTimedFromWhereItsPythonBeginsToCome) {
    host_.spares = true;
    const auto with_spare = start();
    clock_.advance(std::chrono::milliseconds(2));
    host_.last()->ready();
    EXPECT_EQ(observer_.notes().back(), "ready ada " + with_spare->id().str() + " python3 after 2 ms");
    host_.spares_gone = true;  // another has been faster
    const auto without = start();
    clock_.advance(std::chrono::seconds(600));
    run_cell(*without);
    clock_.advance(std::chrono::milliseconds(3));
    host_.last()->ready();
    EXPECT_EQ(observer_.notes().back(), "ready ada " + without->id().str() + " python3 after 3 ms");
}

TEST_F(KernelRegistryTest, AKernelThatRunsNothingItselfIsNotMadeReady) {
    host_.spares = true;
    start({.modes = std::vector<std::string>{"multi"}});
    EXPECT_TRUE(host_.started().empty());
}

TEST_F(KernelRegistryTest, StartsANamedKernelspecWithItsEnvironment) {
    const auto kernel = start({"analytics", std::nullopt, {{"KERNEL_X", "1"}}, "/tmp"});
    EXPECT_EQ(kernel->spec().display_name, "Analytics");
    run_cell(*kernel);
    EXPECT_EQ(host_.last()->settings.env.at("KERNEL_X"), "1");
    EXPECT_EQ(host_.last()->settings.working_dir, "/tmp");
}

TEST_F(KernelRegistryTest, ModesMayBeOthersThanTheKernelspecs) {
    EXPECT_EQ(start({.modes = std::vector<std::string>{"concurrent"}})->spec().modes,
              std::vector<std::string>{"concurrent"});
    EXPECT_EQ(start({.name = "python3-concurrent", .modes = std::vector<std::string>{}})->spec().modes,
              std::vector<std::string>{});
    EXPECT_EQ(start({.name = "python3-concurrent"})->spec().modes, std::vector<std::string>{"concurrent"});
    for (const auto& kernel : kernels_.list()) kernels_.shutdown(kernel->id(), [] {});
    const auto trio = start({.modes = std::vector<std::string>{"concurrent", "trio"}});
    EXPECT_EQ(trio->spec().modes, std::vector<std::string>{"concurrent"});
    EXPECT_EQ(trio->spec().loop, kTrio);
}

TEST_F(KernelRegistryTest, AKernelOfModeMultiStartsOneForEachSession) {
    const auto multi = start({.name = "analytics",
                              .env = {{"KERNEL_X", "1"}},
                              .working_dir = "/tmp",
                              .modes = std::vector<std::string>{"concurrent", "multi"},
                              .comes_back = false});
    ASSERT_TRUE(multi->sessions());
    run_cell(*multi);
    ASSERT_EQ(kernels_.list().size(), 2U) << "its session's kernel is one like any other";
    const auto of_session = kernels_.list().back();
    EXPECT_EQ(of_session->spec().name, "analytics");
    EXPECT_EQ(of_session->spec().modes, std::vector<std::string>{"concurrent"});
    EXPECT_FALSE(of_session->sessions());
    EXPECT_EQ(host_.last()->settings.env.at("KERNEL_X"), "1");
    EXPECT_EQ(host_.last()->settings.working_dir, "/tmp");
    EXPECT_EQ(limit_.used(), 2U);
    EXPECT_FALSE(start({.name = "python3-multi", .of_a_session = true})->sessions());
}

TEST_F(KernelRegistryTest, InAFullContainerNoKernelIsStartedAndThoseThatAreGoOn) {
    const tests::CgroupTree tree;
    tree.set_pids(1, "100");
    host_.bounds = std::make_shared<Room>(RoomSettings{90, 90}, Cgroup(tree.root()));
    const auto first = start(with_id(kId));
    tree.set_pids(99, "100");
    const auto refused = kernels_.start({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::no_room);
    EXPECT_NE(refused.error().detail.find("pids_percent_max is 90"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(observer_.notes().back(), "refused ada pids_percent_max");
    EXPECT_EQ(limit_.used(), 1U) << "what was refused counts for nothing";
    EXPECT_EQ(start(with_id(kId)), first) << "who asks for one that is there gets it";
    run_cell(*first);
    EXPECT_EQ(host_.last()->submitted().size(), 1U);
    tree.set_pids(10, "100");
    EXPECT_TRUE(kernels_.start({}));
}

TEST_F(KernelRegistryTest, RefusesAnUnknownKernelspec) {
    const auto result = kernels_.start({"julia", std::nullopt, {}, {}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::no_such_kernelspec);
    EXPECT_NE(result.error().detail.find("julia"), std::string::npos);
    EXPECT_EQ(limit_.used(), 0U);
}

TEST_F(KernelRegistryTest, AGivenIdIsReused) {
    const auto kernel = start(with_id(kId));
    EXPECT_EQ(kernel->id().str(), kId);
    EXPECT_EQ(start(with_id(kId)), kernel);
    EXPECT_EQ(limit_.used(), 1U);
    EXPECT_EQ(kernels_.list().size(), 1U);
}

TEST_F(KernelRegistryTest, RefusesAnIdThatNoUrlCanName) {
    for (const char* id : {"", "x", "../../etc", "11111111-2222-3333-4444-5555/5555"}) {
        const auto result = kernels_.start(with_id(id));
        ASSERT_FALSE(result) << id;
        EXPECT_EQ(result.error().code, Errc::invalid_kernel_id);
    }
}

TEST_F(KernelRegistryTest, TheQuotaHolds) {
    for (int i = 0; i < 3; ++i) start();
    const auto result = kernels_.start({});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Failure{Errc::quota_exceeded, "kernels_max is 3, and 3 are in use"}));
    kernels_.shutdown(kernels_.list().front()->id(), [] {});
    EXPECT_TRUE(kernels_.start({}));
}

TEST_F(KernelRegistryTest, TheQuotaHoldsUnderARace) {
    std::atomic<int> started{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i) started += kernels_.start({}) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(started, 3);
    EXPECT_EQ(kernels_.list().size(), 3U);
}

TEST_F(KernelRegistryTest, ListsInTheOrderOfStart) {
    std::vector<std::string> started;
    for (int i = 0; i < 3; ++i) started.push_back(start()->id().str());
    EXPECT_EQ(ids(kernels_.list()), started);
}

TEST_F(KernelRegistryTest, ShutdownTakesTheKernelOutAtOnce) {
    const auto kernel = start(with_id(kId));
    run_cell(*kernel);
    ASSERT_TRUE(kernels_.shutdown(kernel->id(), count_done()));
    EXPECT_FALSE(kernels_.find(kernel->id()));
    EXPECT_TRUE(kernels_.list().empty());
    EXPECT_EQ(done_, 0);
    EXPECT_NE(start(with_id(kId)), kernel) << "its id is free again";
    host_.end_stopped();
    EXPECT_EQ(done_, 1);
}

TEST_F(KernelRegistryTest, ShutdownOfNoKernelTellsNobody) {
    EXPECT_FALSE(kernels_.shutdown(protocol::KernelId(kId), count_done()));
    start(with_id(kId));
    EXPECT_TRUE(kernels_.shutdown(protocol::KernelId(kId), count_done()));
    EXPECT_FALSE(kernels_.shutdown(protocol::KernelId(kId), count_done()));
    EXPECT_EQ(done_, 1);
}

TEST_F(KernelRegistryTest, AKernelThatAClientShutDownIsForgotten) {
    const auto kernel = start(with_id(kId));
    run_cell(*kernel);
    kernel->shutdown([] {});
    EXPECT_FALSE(kernels_.find(kernel->id()));
    EXPECT_FALSE(kernels_.shutdown(kernel->id(), count_done()));
    EXPECT_TRUE(kernels_.list().empty());
    EXPECT_EQ(limit_.used(), 0U);
    EXPECT_EQ(done_, 0);
}

TEST_F(KernelRegistryTest, TheIdOfADeadKernelIsFreeAgain) {
    const auto kernel = start(with_id(kId));
    run_cell(*kernel);
    kernel->shutdown([] {});
    const auto next = start(with_id(kId));
    EXPECT_NE(next, kernel);
    EXPECT_FALSE(next->dead());
}

TEST_F(KernelRegistryTest, DrainingStartsNothingAndLetsRun) {
    const auto kernel = start(with_id(kId));
    run_cell(*kernel);
    kernels_.drain();
    const auto result = kernels_.start({});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::draining);
    EXPECT_FALSE(host_.last()->stopped());
    ASSERT_TRUE(kernel->submit(tests::execute("late", ""), client_));
    EXPECT_EQ(client_->wait_for(protocol::MsgType::execute_reply, "late")->content["ename"], "Draining");
}

}  // namespace
}  // namespace corncob::tenants
