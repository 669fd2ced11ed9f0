#include "tenants/tenant.hpp"

#include <gtest/gtest.h>

#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

class TenantTest : public TenantFixture {};

TEST_F(TenantTest, ItsQuotasAreThoseOfItsConfiguration) {
    config::TenantConfig config;
    config.quotas.kernels_max = 2;
    config.quotas.connections_max = 1;
    config.quotas.queued_cells_max = 1;
    Tenant tenant(protocol::TenantId("ada"), config, kernelspecs_, host_, clock_, observer_);
    EXPECT_EQ(tenant.id().str(), "ada");

    const auto connection = tenant.connections_limit().take();
    EXPECT_TRUE(connection);
    EXPECT_EQ(tenant.connections_limit().take().error().detail, "connections_max is 1, and 1 are in use");

    const auto kernel = *tenant.kernels().start({});
    ASSERT_TRUE(tenant.kernels().start({}));
    EXPECT_EQ(tenant.kernels().start({}).error().detail, "kernels_max is 2, and 2 are in use");

    for (const char* id : {"running", "queued", "refused"})
        ASSERT_TRUE(kernel->submit(tests::execute(id, ""), client_));
    EXPECT_EQ(client_->seen().size(), 1U);
    EXPECT_EQ(client_->seen()[0].parent_msg_id, "refused");
    kernel->shutdown([] {});
    host_.end_stopped();
}

TEST_F(TenantTest, ItsSessionsRunOnItsKernels) {
    Tenant tenant(protocol::TenantId("ada"), {}, kernelspecs_, host_, clock_, observer_);
    const auto created = tenant.sessions().create({"a.ipynb", "", "notebook", std::nullopt, std::nullopt});
    ASSERT_TRUE(created);
    const auto kernel = tenant.kernels().find(created->model.kernel.id);
    ASSERT_TRUE(kernel);
    EXPECT_EQ(kernel->tenant(), tenant.id());
}

}  // namespace
}  // namespace corncob::tenants
