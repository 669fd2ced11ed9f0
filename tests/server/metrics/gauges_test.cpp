#include "server/metrics/gauges.hpp"

#include <gtest/gtest.h>

#include "server/metrics/exposition.hpp"
#include "tests/fakes/cgroup_tree.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_host.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::server {
namespace {

using protocol::TenantId;

class GaugesTest : public testing::Test {
 protected:
    static config::TenantsConfig small_quotas() {
        config::TenantsConfig tenants;
        tenants.defaults.quotas.kernels_max = 5;
        tenants.defaults.quotas.connections_max = 0;
        return tenants;
    }
    std::string text() const { return "\n" + expose(gauges_.collect(), Exposition::text); }
    bool says(const std::string& line) const { return text().find("\n" + line + "\n") != std::string::npos; }
    std::shared_ptr<tenants::Kernel> start(const std::string& tenant) {
        return *tenants_.of(TenantId(tenant)).kernels().start({});
    }

    tests::FakeHost host_;
    tests::FakeClock clock_;
    tenants::Observer observer_;
    ServerState state_;
    const tenants::Kernelspecs kernelspecs_{config::GatewayConfig()};
    tenants::TenantRegistry tenants_{small_quotas(), kernelspecs_, host_, clock_, observer_, 1000000};
    TenantLabels labels_{1};
    DoorFigures doors_{
        .http = 1, .websocket = 2, .zmq = 3, .attach = 4, .websocket_outbox_bytes = 5, .zmq_outbox_bytes = 6};
    Gauges gauges_{{tenants_, host_, state_, [this] { return doors_; }, "process"}, labels_};
};

TEST_F(GaugesTest, TheDaemonItself) {
    EXPECT_TRUE(says(R"(corncob_build_info{version=")" CORNCOB_VERSION R"(",python="3.11.2",isolation="process"} 1)"))
        << text();
    EXPECT_TRUE(says("corncob_draining 0"));
    state_.enter(ServerState::Phase::draining);
    EXPECT_TRUE(says("corncob_draining 1"));
    EXPECT_TRUE(says("corncob_tenants 0"));
    EXPECT_NE(text().find("\ncorncob_start_time_seconds 1"), std::string::npos);
    EXPECT_NE(text().find("\ncorncob_process_open_fds "), std::string::npos);
}

TEST_F(GaugesTest, ItsContainer) {
    EXPECT_EQ(text().find("corncob_container"), std::string::npos);
    const tests::CgroupTree tree;
    tree.set_memory(700, "1000");
    tree.set_pids(7, "50");
    host_.bounds = std::make_shared<tenants::Room>(tenants::RoomSettings(), tenants::Cgroup(tree.root()));
    EXPECT_TRUE(says("corncob_container_memory_bytes 700")) << text();
    EXPECT_TRUE(says("corncob_container_memory_limit_bytes 1000"));
    EXPECT_TRUE(says("corncob_container_pids 7"));
    EXPECT_TRUE(says("corncob_container_pids_limit 50"));
    tree.set_memory(700, "max");
    EXPECT_EQ(text().find("corncob_container_memory"), std::string::npos);
}

TEST_F(GaugesTest, KernelsAndQuotasByTenant) {
    const auto busy = start("ada");
    start("ada");
    const auto client = std::make_shared<tests::RecordingSink>();
    ASSERT_TRUE(busy->submit(tests::execute("c", "code"), client));
    ASSERT_TRUE(tenants_.of(TenantId("ada")).sessions().create({"a.ipynb", "a", "notebook", {}, busy->id()}));
    EXPECT_TRUE(says(R"(corncob_kernels{tenant="ada",kernel_name="python3",execution_state="busy"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_kernels{tenant="ada",kernel_name="python3",execution_state="idle"} 1)"));
    EXPECT_TRUE(says(R"(corncob_sessions{tenant="ada"} 1)"));
    EXPECT_TRUE(says(R"(corncob_quota_used{tenant="ada",quota="kernels_max"} 2)"));
    EXPECT_TRUE(says(R"(corncob_quota_limit{tenant="ada",quota="kernels_max"} 5)"));
    EXPECT_TRUE(says(R"(corncob_quota_used{tenant="ada",quota="connections_max"} 0)"));
    EXPECT_EQ(text().find(R"(corncob_quota_limit{tenant="ada",quota="connections_max"})"), std::string::npos);
    busy->shutdown([] {});
    host_.end_stopped();
}

TEST_F(GaugesTest, TenantsWithoutALabelAreAddedUp) {
    text();
    start("ada");
    EXPECT_TRUE(says(R"(corncob_kernels{tenant="ada",kernel_name="python3",execution_state="idle"} 1)"));
    start("bob");
    start("cyd");
    EXPECT_TRUE(says(R"(corncob_kernels{tenant="other",kernel_name="python3",execution_state="idle"} 2)")) << text();
    EXPECT_TRUE(says(R"(corncob_quota_used{tenant="other",quota="kernels_max"} 2)"));
    EXPECT_EQ(text().find(R"(corncob_quota_limit{tenant="other")"), std::string::npos);
    EXPECT_TRUE(says("corncob_tenants 3"));
}

TEST_F(GaugesTest, Doors) {
    EXPECT_TRUE(says(R"(corncob_connections{door="http"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_connections{door="websocket"} 2)"));
    EXPECT_TRUE(says(R"(corncob_connections{door="zmq"} 3)"));
    EXPECT_TRUE(says(R"(corncob_connections{door="attach"} 4)"));
    EXPECT_TRUE(says(R"(corncob_outbox_bytes{door="websocket"} 5)"));
    EXPECT_TRUE(says(R"(corncob_outbox_bytes{door="zmq"} 6)"));
}

}  // namespace
}  // namespace corncob::server
