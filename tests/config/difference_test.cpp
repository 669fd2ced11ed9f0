#include "config/difference.hpp"

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Keys = std::vector<std::string>;

GatewayConfig config_of(const std::string& yaml) {
    const TemporaryFile file(yaml);
    return loaded(load(file.path(), {}, {}));
}

TEST(Difference, NoneBetweenTheSame) {
    const std::string yaml = "tenants: {alice: {quotas: {kernels_max: 1}}}\nkernelspecs: {a: {modes: [concurrent]}}\n";
    EXPECT_EQ(differing_keys(config_of(yaml), config_of(yaml)), Keys{});
}

TEST(Difference, EveryKindOfKey) {
    const std::string token = std::string(64, 'a');
    const auto one = config_of(
        "server: {port: 1}\nlog: {level: warn}\ntenants: {alice: {quotas: {kernels_max: 1}}}\n"
        "kernelspecs: {a: {modes: [concurrent]}, b: {}}\n");
    const auto other = config_of(
        "server: {port: 2}\nlog: {level: warn}\n"
        "tenants: {alice: {quotas: {kernels_max: 2}, zmq: true}, bob: {}}\n"
        "kernelspecs: {a: {}, b: {}}\nauth: {tokens: [{name: a, tenant: a, rights: [read], "
        "sha256: " +
        token + "}]}\n");
    EXPECT_EQ(differing_keys(one, other), (Keys{"server.port", "auth.tokens", "tenants.alice.zmq",
                                                "tenants.alice.quotas.kernels_max", "kernelspecs.a"}));
    EXPECT_EQ(differing_keys(other, one), (Keys{"server.port", "auth.tokens", "tenants.alice.zmq",
                                                "tenants.alice.quotas.kernels_max", "kernelspecs.a"}));
}

TEST(Difference, WhatATenantHasFromTheDefaultsIsTheirs) {
    const auto one =
        config_of("tenants: {defaults: {quotas: {kernels_max: 5}}, alice: {}, bob: {quotas: {kernels_max: 9}}}");
    const auto other = config_of("tenants: {defaults: {quotas: {kernels_max: 6}}, alice: {}}");
    EXPECT_EQ(differing_keys(one, other),
              (Keys{"tenants.defaults.quotas.kernels_max", "tenants.bob.quotas.kernels_max"}));
}

}  // namespace
}  // namespace corncob::config
