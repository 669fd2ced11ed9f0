// What cannot be done is refused in words that say what can be.
#include "config/unavailable.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

Lines refusals(const std::string& yaml) {
    GatewayConfig config;
    Report report;
    read_yaml(yaml, "c.yaml", config, report);
    inherit_tenant_defaults(config, report);
    refuse_unavailable(config, report);
    return as_text(report.sorted());
}

TEST(Unavailable, RefusesNothingOfTheDefaults) {
    EXPECT_EQ(refusals(""), Lines{});
}

TEST(Unavailable, RefusesIsolationBeyondTheProcess) {
    for (const std::string level : {"tenant", "kernel"}) {
        EXPECT_EQ(
            refusals("kernels: {isolation: " + level + "}"),
            Lines{"c.yaml:1: kernels.isolation: '" + level + "' is not available in this version; only 'process' is"});
    }
}

TEST(Unavailable, TakesTls) {
    EXPECT_EQ(refusals("server:\n  tls:\n    certificate: a\n    key: b\n    client_ca: c\n"), Lines{});
}

TEST(Unavailable, TakesEveryTenantOfJupyterhub) {
    EXPECT_EQ(refusals("auth: {jupyterhub: {tenant_by: group, groups: \"physics,staff\", admin_by: hub}}\n"), Lines{});
    EXPECT_EQ(refusals("auth: {jupyterhub: {tenant_by: all}}\n"), Lines{});
}

TEST(Unavailable, TakesTheZmqDoor) {
    EXPECT_EQ(refusals("zmq: {runtime_dir: /run/corncob, transport: ipc}"), Lines{});
}

TEST(Unavailable, TakesCulling) {
    EXPECT_EQ(refusals("kernels: {cull_idle_timeout_seconds: 60, cull_interval_seconds: 5, cull_connected: true, "
                       "cull_busy: true}"),
              Lines{});
}

}  // namespace
}  // namespace corncob::config
