#include "server/metrics/metric_sums.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(MetricSums, LabelsAreNamedInTheirOrder) {
    EXPECT_EQ(label_names(declaration(Metric::kernels)),
              (std::vector<std::string>{"tenant", "kernel_name", "execution_state"}));
    EXPECT_TRUE(label_names(declaration(Metric::tenants)).empty());
}

TEST(MetricSums, WhatHasTheSameLabelsIsOneValue) {
    MetricSums sums;
    sums.add(Metric::sessions, 2, {"other"});
    sums.add(Metric::sessions, 3, {"other"});
    sums.add(Metric::sessions, 1, {"a"});
    const auto families = sums.families();
    ASSERT_EQ(families.size(), 1U);
    EXPECT_EQ(families[0].name, "corncob_sessions");
    ASSERT_EQ(families[0].metric.size(), 2U);
    EXPECT_EQ(families[0].metric[0].label[0].value, "a");
    EXPECT_EQ(families[0].metric[0].gauge.value, 1);
    EXPECT_EQ(families[0].metric[1].label[0].name, "tenant");
    EXPECT_EQ(families[0].metric[1].gauge.value, 5);
}

TEST(MetricSums, ACounterIsOne) {
    MetricSums sums;
    sums.add(Metric::process_cpu_seconds, 1.5);
    const auto families = sums.families();
    EXPECT_EQ(families.at(0).type, prometheus::MetricType::Counter);
    EXPECT_EQ(families[0].metric.at(0).counter.value, 1.5);
}

}  // namespace
}  // namespace corncob::server
