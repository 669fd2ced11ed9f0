// What it costs to count: a message, and a cell.
#include <chrono>

#include <benchmark/benchmark.h>

#include "server/metrics/exposition.hpp"
#include "server/metrics/prometheus_metrics.hpp"

namespace corncob::server {
namespace {

PrometheusMetrics& metrics() {
    static TenantLabels labels(100);
    static PrometheusMetrics made(labels);
    return made;
}

void count_message(benchmark::State& state) {
    DoorObserver& observer = metrics();
    for (auto _ : state) {
        observer.message(Direction::out, protocol::Channel::iopub, protocol::MsgType::stream);
    }
}
BENCHMARK(count_message)->ThreadRange(1, 4);

void count_cell(benchmark::State& state) {
    tenants::Observer& observer = metrics();
    const protocol::TenantId tenant("ada");
    for (auto _ : state) {
        observer.cell_done(tenant, std::chrono::microseconds(20), std::chrono::microseconds(300), true);
    }
}
BENCHMARK(count_cell)->ThreadRange(1, 4);

void write_text(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(expose(metrics().collect(), Exposition::openmetrics));
}
BENCHMARK(write_text);

}  // namespace
}  // namespace corncob::server
