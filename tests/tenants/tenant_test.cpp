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
    const auto notes = observer_.notes();
    EXPECT_EQ(std::vector<std::string>(notes.end() - 2, notes.end()),
              (std::vector<std::string>{"refused ada kernels_max", "refused ada queued_cells_max"}));
    EXPECT_EQ(notes.front(), "refused ada connections_max");
    kernel->shutdown([] {});
    host_.end_stopped();
}

TEST_F(TenantTest, ItsQuotasCanChange) {
    Tenant tenant(protocol::TenantId("ada"), {}, kernelspecs_, host_, clock_, observer_);
    const auto before = *tenant.kernels().start({});
    config::QuotaConfig quotas;
    quotas.kernels_max = 2;
    quotas.connections_max = 3;
    quotas.sessions_max = 4;
    quotas.requests_per_second_max = 1;
    quotas.message_bytes_max = 1000;
    tenant.configure(quotas, nullptr);
    EXPECT_EQ(tenant.quotas().sessions_max, 4U);
    std::vector<std::size_t> maxima;
    for (const Limit* limit : tenant.limits()) maxima.push_back(limit->maximum());
    EXPECT_EQ(maxima, (std::vector<std::size_t>{2, 3, 4}));
    EXPECT_TRUE(tenant.requests_limit().take(Clock::Steady(std::chrono::hours(1))));
    EXPECT_FALSE(tenant.requests_limit().take(Clock::Steady(std::chrono::hours(1))));
    const auto after = *tenant.kernels().start({});
    EXPECT_FALSE(tenant.kernels().start({}));
    EXPECT_EQ(before->message_bytes_max(5000), 5000U) << "a kernel keeps what it began with";
    EXPECT_EQ(after->message_bytes_max(5000), 1000U);
}

TEST_F(TenantTest, OfTwoBoundsTheSmallerOneCounts) {
    config::TenantConfig config;
    config.quotas.message_bytes_max = 1000;
    config.quotas.outbox_bytes_max = 2000;
    Tenant tenant(protocol::TenantId("ada"), config, kernelspecs_, host_, clock_, observer_);
    const auto kernel = *tenant.kernels().start({});
    EXPECT_EQ(kernel->message_bytes_max(5000), 1000U);
    EXPECT_EQ(kernel->message_bytes_max(500), 500U);
    EXPECT_EQ(kernel->outbox_bytes_max(5000), 2000U);
    Tenant other(protocol::TenantId("bob"), {}, kernelspecs_, host_, clock_, observer_);
    EXPECT_EQ((*other.kernels().start({}))->message_bytes_max(5000), 5000U);
}

TEST_F(TenantTest, ItsThreadsAreForItsKernels) {
    config::TenantConfig config;
    config.quotas.threads_max = 7;
    Tenant tenant(protocol::TenantId("ada"), config, kernelspecs_, host_, clock_, observer_);
    const auto kernel = *tenant.kernels().start({});
    run_cell(*kernel);
    EXPECT_EQ(host_.last()->settings.threads_max, 7U);
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
