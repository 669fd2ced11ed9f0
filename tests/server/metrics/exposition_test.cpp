#include "server/metrics/exposition.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(Exposition, TheScraperChooses) {
    EXPECT_EQ(exposition_for(""), Exposition::text);
    EXPECT_EQ(exposition_for("*/*"), Exposition::text);
    EXPECT_EQ(exposition_for("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), Exposition::text);
    EXPECT_EQ(exposition_for("application/openmetrics-text; version=1.0.0"), Exposition::openmetrics);
    // As Prometheus asks.
    EXPECT_EQ(exposition_for("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
                             "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
              Exposition::openmetrics);
    EXPECT_EQ(exposition_for("application/openmetrics-text;q=0.2, text/plain"), Exposition::text);
    EXPECT_EQ(exposition_for("application/openmetrics-text;q=0"), Exposition::text);
    EXPECT_EQ(exposition_for(";;,q=,,; q=x,"), Exposition::text);
}

std::vector<prometheus::MetricFamily> sample() {
    prometheus::Registry registry;
    auto& counters = prometheus::BuildCounter().Name("a_total").Help("What_total a is.").Register(registry);
    counters.Add({{"tenant", "x\"\n\\"}}).Increment(3);
    prometheus::BuildHistogram().Name("h_seconds").Help("H.").Register(registry).Add({}, std::vector<double>{0.1});
    return registry.Collect();
}

TEST(Exposition, Text) {
    const std::string text = expose(sample(), Exposition::text);
    EXPECT_NE(
        text.find("# HELP a_total What_total a is.\n# TYPE a_total counter\na_total{tenant=\"x\\\"\\n\\\\\"} 3\n"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("# EOF"), std::string::npos);
}

TEST(Exposition, OpenMetricsNamesCountersWithoutTheirSuffixAndSaysThatItEnds) {
    const std::string text = expose(sample(), Exposition::openmetrics);
    EXPECT_NE(text.find("# HELP a What_total a is.\n# TYPE a counter\na_total{tenant=\"x\\\"\\n\\\\\"} 3\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("# TYPE h_seconds histogram\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\n# EOF\n"));
    EXPECT_EQ(expose({}, Exposition::openmetrics), "# EOF\n");
}

TEST(Exposition, EachSaysWhatItIs) {
    EXPECT_EQ(content_type_of(Exposition::text), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(content_type_of(Exposition::openmetrics), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace corncob::server
