#include "tenants/culler.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

using namespace std::chrono_literals;
using protocol::MsgType;

class CullerTest : public TenantFixture {
 protected:
    void SetUp() override {
        config_.cull_idle_timeout_seconds = 60;
        kernel_ = *tenant_.kernels().start(with_id(kId));
    }
    void TearDown() override {
        kernel_->shutdown([] {});
        host_.end_stopped();
    }
    /// One look, `later` than the last thing that happened.
    bool culled(std::chrono::milliseconds later) {
        clock_.advance(later);
        Culler(config_, tenants_, clock_, observer_).cull();
        return kernel_->dead();
    }
    void send(MsgType type, const std::string& id = "r") {
        ASSERT_TRUE(kernel_->submit(tests::request(type, id), client_));
    }

    config::KernelsConfig config_;
    TenantRegistry tenants_{{}, kernelspecs_, host_, clock_, observer_};
    Tenant& tenant_{tenants_.of(protocol::TenantId("ada"))};
    std::shared_ptr<Kernel> kernel_;
};

TEST_F(CullerTest, AnIdleKernelIsEnded) {
    EXPECT_FALSE(culled(60s)) << "not longer than that";
    EXPECT_TRUE(culled(1ms));
    EXPECT_TRUE(tenant_.kernels().list().empty());
    EXPECT_EQ(
        observer_.notes(),
        (std::vector<std::string>{"started ada " + std::string(kId), "culled ada " + std::string(kId) + " after 60 s",
                                  "ended ada " + std::string(kId) + ": the kernel was shut down"}));
}

TEST_F(CullerTest, ATenantsOwnTimeCountsWhereItIsLess) {
    config::TenantsConfig tenants;
    tenants.named["ada"].quotas.idle_seconds_max = 10;
    tenants.named["bob"].quotas.idle_seconds_max = 1000;
    TenantRegistry registry(tenants, kernelspecs_, host_, clock_, observer_);
    EXPECT_TRUE(registry.any_idle_quota());
    EXPECT_FALSE(tenants_.any_idle_quota());
    const auto of_ada = *registry.of(protocol::TenantId("ada")).kernels().start({});
    const auto of_bob = *registry.of(protocol::TenantId("bob")).kernels().start({});
    const auto of_cyd = *registry.of(protocol::TenantId("cyd")).kernels().start({});
    clock_.advance(11s);
    Culler(config_, registry, clock_, observer_).cull();
    EXPECT_TRUE(of_ada->dead());
    EXPECT_FALSE(of_bob->dead());
    clock_.advance(50s);
    Culler(config_, registry, clock_, observer_).cull();
    EXPECT_TRUE(of_bob->dead() && of_cyd->dead());
    config_.cull_idle_timeout_seconds = 0;
    const auto late = *registry.of(protocol::TenantId("bob")).kernels().start({});
    clock_.advance(1001s);
    Culler(config_, registry, clock_, observer_).cull();
    EXPECT_TRUE(late->dead());
}

TEST_F(CullerTest, ItsSessionsGoWithIt) {
    ASSERT_TRUE(tenant_.sessions().create({"a.ipynb", "", "notebook", {}, kernel_->id()}));
    ASSERT_TRUE(culled(61s));
    EXPECT_TRUE(tenant_.sessions().list().empty());
}

TEST_F(CullerTest, WithoutATimeoutNothingIsCulled) {
    config_.cull_idle_timeout_seconds = 0;
    EXPECT_FALSE(culled(std::chrono::hours(24 * 365)));
}

TEST_F(CullerTest, AConnectedKernelIsSparedUnlessAskedFor) {
    kernel_->subscribe(client_);
    EXPECT_FALSE(culled(61s));
    config_.cull_connected = true;
    EXPECT_TRUE(culled(1ms));
    EXPECT_TRUE(client_->ended());
    EXPECT_EQ(client_->seen().back().content["execution_state"], "dead");
}

TEST_F(CullerTest, ABusyKernelIsSparedUnlessAskedFor) {
    run_cell(*kernel_);
    EXPECT_FALSE(culled(61s));
    config_.cull_busy = true;
    EXPECT_TRUE(culled(1ms));
}

TEST_F(CullerTest, OutputOfARunningCellIsActivity) {
    config_.cull_busy = true;
    run_cell(*kernel_);
    clock_.advance(59s);
    host_.last()->print(host_.last()->request("cell"), "still there");
    EXPECT_FALSE(culled(60s));
    EXPECT_TRUE(culled(1s));
}

TEST_F(CullerTest, WhatFrontEndsSendByThemselvesIsNoActivity) {
    clock_.advance(59s);
    send(MsgType::kernel_info_request);
    send(MsgType::comm_info_request);
    send(MsgType::interrupt_request);
    EXPECT_TRUE(culled(2s));
}

TEST_F(CullerTest, WhatUsersAskForIsActivity) {
    for (const MsgType type : {MsgType::complete_request, MsgType::comm_msg, MsgType::is_complete_request}) {
        clock_.advance(59s);
        send(type, std::string(wire_name(type)));
        EXPECT_FALSE(culled(59s)) << wire_name(type);
    }
    EXPECT_TRUE(culled(2s));
}

TEST_F(CullerTest, BeginsToLookWhenItIsTold) {
    config_.cull_idle_timeout_seconds = 0;
    config_.cull_interval_seconds = 1;
    Culler culler(config_, tenants_, clock_, observer_);
    clock_.advance(61s);
    culler.cull();
    EXPECT_FALSE(kernel_->dead());
    config_.cull_idle_timeout_seconds = 60;
    culler.configure(config_);
    EXPECT_TRUE(tests::eventually([this] { return kernel_->dead(); }));
}

TEST_F(CullerTest, LooksByItself) {
    config_.cull_interval_seconds = 1;
    const Culler culler(config_, tenants_, clock_, observer_);
    clock_.advance(61s);
    EXPECT_TRUE(tests::eventually([this] { return kernel_->dead(); }));
}

}  // namespace
}  // namespace corncob::tenants
