#include "tenants/tenant_registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "tests/fakes/eventually.hpp"
#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

class TenantRegistryTest : public TenantFixture {
 protected:
    static config::TenantsConfig config() {
        config::TenantsConfig config;
        config.defaults.quotas.kernels_max = 5;
        config.named["small"].quotas.kernels_max = 1;
        return config;
    }
    void TearDown() override {
        tenants_.shutdown_all([] {});
        host_.end_stopped();
    }
    Tenant& tenant(const char* id) { return tenants_.of(protocol::TenantId(id)); }

    TenantRegistry tenants_{config(), kernelspecs_, host_, clock_, observer_};
};

TEST_F(TenantRegistryTest, ATenantIsMadeAtItsFirstUseAndStays) {
    EXPECT_TRUE(tenants_.all().empty());
    Tenant& ada = tenant("ada");
    EXPECT_EQ(&tenant("ada"), &ada);
    EXPECT_NE(&tenant("bob"), &ada);
    EXPECT_EQ(tenants_.all().size(), 2U);
}

TEST_F(TenantRegistryTest, ManyThreadsMeetOneTenant) {
    std::vector<Tenant*> met(4);
    {
        std::vector<std::jthread> threads;
        for (Tenant*& each : met) threads.emplace_back([&] { each = &tenant("ada"); });
    }
    EXPECT_EQ(std::set<Tenant*>(met.begin(), met.end()).size(), 1U);
}

TEST_F(TenantRegistryTest, NamedTenantsHaveTheirOwnQuotas) {
    ASSERT_TRUE(tenant("small").kernels().start({}));
    EXPECT_EQ(tenant("small").kernels().start({}).error().code, Errc::quota_exceeded);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(tenant("ada").kernels().start({}));
    EXPECT_FALSE(tenant("ada").kernels().start({}));
    EXPECT_TRUE(tenant("bob").kernels().start({})) << "quotas are each tenant's own";
}

TEST_F(TenantRegistryTest, QuotasChangeForThoseThatAreThereAndThoseToCome) {
    tenant("ada");
    config::TenantsConfig next;
    next.defaults.quotas.kernels_max = 1;
    next.defaults.quotas.idle_seconds_max = 60;
    next.named["small"].quotas.kernels_max = 2;
    EXPECT_FALSE(tenants_.any_idle_quota());
    tenants_.configure(next);
    EXPECT_TRUE(tenants_.any_idle_quota());
    for (const char* name : {"ada", "bob"}) {
        EXPECT_TRUE(tenant(name).kernels().start({}));
        EXPECT_FALSE(tenant(name).kernels().start({})) << name;
    }
    EXPECT_TRUE(tenant("small").kernels().start({}));
    EXPECT_TRUE(tenant("small").kernels().start({}));
}

TEST_F(TenantRegistryTest, ACellsTimeCanBeBoundedLater) {
    tenant("ada");
    config::TenantsConfig next;
    next.defaults.quotas.cell_seconds_max = 1;
    tenants_.configure(next);
    run_cell(**tenant("ada").kernels().start({}));
    clock_.advance(std::chrono::seconds(2));
    EXPECT_TRUE(tests::eventually([this] {
        const auto notes = observer_.notes();
        return std::find(notes.begin(), notes.end(), "limit ada cell_seconds_max") != notes.end();
    }));
}

TEST_F(TenantRegistryTest, ATenantFindsNoneOfAnothersKernels) {
    const auto secret = *tenant("ada").kernels().start(with_id(kId));
    const auto session = tenant("ada").sessions().create({"a.ipynb", "", "notebook", std::nullopt, std::nullopt});
    ASSERT_TRUE(session);
    Tenant& eve = tenant("eve");
    EXPECT_FALSE(eve.kernels().find(secret->id()));
    EXPECT_TRUE(eve.kernels().list().empty());
    EXPECT_FALSE(eve.kernels().shutdown(secret->id(), count_done()));
    EXPECT_TRUE(eve.sessions().list().empty());
    EXPECT_FALSE(eve.sessions().find(session->model.id));
    EXPECT_EQ(eve.sessions().remove(session->model.id, count_done()), SessionRegistry::Removed::no_such_session);
    EXPECT_EQ(eve.sessions().create({"b", "", "notebook", std::nullopt, secret->id()}).error().code,
              Errc::no_such_kernel);
    const auto own = eve.kernels().start(with_id(kId));
    ASSERT_TRUE(own) << "an id taken by another tenant looks like any other";
    EXPECT_NE(*own, secret);
    EXPECT_FALSE(secret->dead());
    EXPECT_EQ(done_, 0);
}

TEST_F(TenantRegistryTest, CountsBusyKernels) {
    const auto one = *tenant("ada").kernels().start({});
    const auto two = *tenant("bob").kernels().start({});
    EXPECT_EQ(tenants_.busy_kernels(), 0U);
    run_cell(*one);
    run_cell(*two);
    EXPECT_EQ(tenants_.busy_kernels(), 2U);
    host_.last()->reply(host_.last()->request("cell"));
    EXPECT_EQ(tenants_.busy_kernels(), 1U);
}

TEST_F(TenantRegistryTest, DrainingReachesEveryTenant) {
    ASSERT_TRUE(tenant("ada").kernels().start({}));
    tenant("bob");
    tenants_.drain();
    EXPECT_EQ(tenant("ada").kernels().start({}).error().code, Errc::draining);
    EXPECT_EQ(tenant("bob").kernels().start({}).error().code, Errc::draining);
}

TEST_F(TenantRegistryTest, ATenantThatComesWhileDrainingStartsNothing) {
    tenants_.drain();
    const auto result = tenant("late").kernels().start({});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::draining);
}

TEST_F(TenantRegistryTest, ShutdownAllIsDoneOnceWhenTheLastKernelHasEnded) {
    run_cell(**tenant("ada").kernels().start({}));
    run_cell(**tenant("bob").kernels().start({}));
    ASSERT_TRUE(tenant("bob").kernels().start({}));  // without Python: ends at once
    tenants_.shutdown_all(count_done());
    EXPECT_EQ(done_, 0);
    host_.started()[0]->end();
    EXPECT_EQ(done_, 0);
    host_.started()[1]->end();
    EXPECT_EQ(done_, 1);
    EXPECT_TRUE(tenant("ada").kernels().list().empty());
    tenants_.shutdown_all(count_done());
    EXPECT_EQ(done_, 2) << "nothing to end: done at once";
}

}  // namespace
}  // namespace corncob::tenants
