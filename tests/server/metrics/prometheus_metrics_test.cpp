#include "server/metrics/prometheus_metrics.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server/metrics/exposition.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;
using protocol::Channel;
using protocol::KernelId;
using protocol::MsgType;
using protocol::TenantId;

class PrometheusMetricsTest : public testing::Test {
 protected:
    bool says(const std::string& line) const {
        return ("\n" + expose(metrics_.collect(), Exposition::text)).find("\n" + line + "\n") != std::string::npos;
    }
    std::string text() const { return expose(metrics_.collect(), Exposition::text); }

    TenantLabels labels_{1};
    PrometheusMetrics metrics_{labels_};
    const TenantId ada_{"ada"};
    const TenantId bob_{"bob"};
};

TEST_F(PrometheusMetricsTest, WhatHasNoLabelsIsThereFromTheStart) {
    EXPECT_TRUE(says("corncob_interrupts_total 0")) << text();
    EXPECT_TRUE(says("corncob_gil_held_seconds_total 0"));
    EXPECT_TRUE(says("corncob_execute_duration_seconds_count 0"));
    EXPECT_TRUE(says("corncob_hub_check_duration_seconds_count 0"));
    EXPECT_EQ(text().find("corncob_process_cpu"), std::string::npos);
}

TEST_F(PrometheusMetricsTest, Messages) {
    metrics_.message(Direction::in, Channel::shell, MsgType::execute_request);
    metrics_.message(Direction::in, Channel::shell, MsgType::execute_request);
    metrics_.message(Direction::out, Channel::iopub, MsgType::iopub_welcome);
    metrics_.message(Direction::out, Channel::stdin_, MsgType::input_request);
    EXPECT_TRUE(says(R"(corncob_messages_total{channel="shell",direction="in",msg_type="execute_request"} 2)"))
        << text();
    EXPECT_TRUE(says(R"(corncob_messages_total{channel="iopub",direction="out",msg_type="iopub_welcome"} 1)"));
    EXPECT_TRUE(says(R"(corncob_messages_total{channel="stdin",direction="out",msg_type="input_request"} 1)"));
}

TEST_F(PrometheusMetricsTest, AnUnknownMessageIsAnother) {
    metrics_.message_refused("unknown_msg_type");
    metrics_.frame_refused(ada_, "bad_signature");
    EXPECT_TRUE(says(R"(corncob_messages_total{channel="other",direction="in",msg_type="other"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_dropped_messages_total{reason="unknown_msg_type"} 1)"));
    EXPECT_TRUE(says(R"(corncob_dropped_messages_total{reason="bad_signature"} 1)"));
}

TEST_F(PrometheusMetricsTest, NoMessageIsLostHoweverManyThreadsCount) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this] {
            for (int k = 0; k < 10000; ++k) metrics_.message(Direction::out, Channel::iopub, MsgType::stream);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(says(R"(corncob_messages_total{channel="iopub",direction="out",msg_type="stream"} 40000)")) << text();
}

TEST_F(PrometheusMetricsTest, WhatNeverReachedAClient) {
    metrics_.messages_lost(ada_, "replay_bytes_max", 3);
    metrics_.messages_lost(bob_, "replay_bytes_max", 4);
    EXPECT_TRUE(says(R"(corncob_dropped_messages_total{reason="replay_bytes_max"} 7)")) << text();
}

TEST_F(PrometheusMetricsTest, CellsByTenantAndTheirTimes) {
    metrics_.cell_done(ada_, 2ms, 500ms, true);
    metrics_.cell_done(ada_, 0ms, 250ms, false);
    metrics_.cells_aborted(ada_, 3);
    metrics_.cell_done(bob_, 0ms, 0ms, true);
    EXPECT_TRUE(says(R"(corncob_cells_total{status="ok",tenant="ada"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_cells_total{status="error",tenant="ada"} 1)"));
    EXPECT_TRUE(says(R"(corncob_cells_total{status="aborted",tenant="ada"} 3)"));
    EXPECT_TRUE(says(R"(corncob_cells_total{status="ok",tenant="other"} 1)"));
    EXPECT_TRUE(says(R"(corncob_cell_seconds_total{tenant="ada"} 0.75)"));
    EXPECT_TRUE(says("corncob_execute_duration_seconds_count 3"));
    EXPECT_TRUE(says("corncob_execute_duration_seconds_sum 0.75"));
    EXPECT_TRUE(says(R"(corncob_execute_duration_seconds_bucket{le="0.3"} 2)"));
    EXPECT_TRUE(says("corncob_queue_wait_seconds_sum 0.002"));
}

TEST_F(PrometheusMetricsTest, KernelsComeAndGo) {
    const KernelId kernel("k");
    metrics_.kernel_started(ada_, kernel);
    metrics_.kernel_autorestarted(ada_, kernel, "x");
    metrics_.kernel_culled(ada_, kernel, 1s);
    metrics_.kernel_ended(ada_, kernel, "x");
    for (const char* name : {"kernels_started", "kernel_autorestarts", "kernels_culled", "kernels_ended"}) {
        EXPECT_TRUE(says("corncob_" + std::string(name) + R"(_total{tenant="ada"} 1)")) << name;
    }
}

TEST_F(PrometheusMetricsTest, StartsByKernelspec) {
    const KernelId kernel("k");
    metrics_.kernel_ready(ada_, kernel, "python3", 400us);
    metrics_.kernel_ready(bob_, kernel, "python3", 20ms);
    metrics_.kernel_ready(bob_, kernel, "trio", 11s);
    const auto start = [](const std::string& rest) { return "corncob_kernel_start_duration_seconds_" + rest; };
    EXPECT_TRUE(says(start(R"(count{kernel_name="python3"} 2)"))) << text();
    EXPECT_TRUE(says(start(R"(sum{kernel_name="python3"} 0.0204)")));
    EXPECT_TRUE(says(start(R"(bucket{kernel_name="python3",le="0.0005"} 1)")));
    EXPECT_TRUE(says(start(R"(bucket{kernel_name="python3",le="0.01"} 1)")));
    EXPECT_TRUE(says(start(R"(bucket{kernel_name="python3",le="0.025"} 2)")));
    EXPECT_TRUE(says(start(R"(bucket{kernel_name="trio",le="10"} 0)")));
    EXPECT_TRUE(says(start(R"(bucket{kernel_name="trio",le="+Inf"} 1)")));
}

TEST_F(PrometheusMetricsTest, WhatIsRefused) {
    metrics_.request_refused(ada_, "kernels_max");
    metrics_.request_refused(bob_, "kernels_max");
    metrics_.connection_refused("server.connections_max");
    metrics_.limit_hit(ada_, "output_bytes_max");
    metrics_.client_disconnected("outbox_bytes_max");
    EXPECT_TRUE(says(R"(corncob_refused_requests_total{reason="kernels_max",tenant="ada"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_refused_requests_total{reason="kernels_max",tenant="other"} 1)"));
    EXPECT_TRUE(says(R"(corncob_refused_requests_total{reason="server.connections_max",tenant=""} 1)"));
    EXPECT_TRUE(says(R"(corncob_limit_hits_total{limit="output_bytes_max",tenant="ada"} 1)"));
    EXPECT_TRUE(says(R"(corncob_disconnected_clients_total{reason="outbox_bytes_max"} 1)"));
}

TEST_F(PrometheusMetricsTest, InterruptsTheGilAndTheCache) {
    metrics_.interrupt_requested(ada_);
    metrics_.interrupt_done(ada_, 1ms);
    metrics_.gil_waited(5ms);
    metrics_.gil_held(50ms);
    metrics_.gil_held(50ms);
    metrics_.cache_looked_up(ada_, true);
    metrics_.cache_looked_up(ada_, false);
    EXPECT_TRUE(says("corncob_interrupts_total 1")) << text();
    EXPECT_TRUE(says("corncob_interrupt_duration_seconds_count 1"));
    EXPECT_TRUE(says(R"(corncob_gil_wait_seconds_bucket{le="0.01"} 1)"));
    EXPECT_TRUE(says(R"(corncob_gil_wait_seconds_bucket{le="0.003"} 0)"));
    EXPECT_TRUE(says("corncob_gil_held_seconds_total 0.1"));
    EXPECT_TRUE(says(R"(corncob_cache_hits_total{tenant="ada"} 1)"));
    EXPECT_TRUE(says(R"(corncob_cache_misses_total{tenant="ada"} 1)"));
}

TEST_F(PrometheusMetricsTest, RequestsAndWhoSendsThem) {
    metrics_.request_answered("POST", 201);
    metrics_.authenticated("refused");
    metrics_.hub_checked(HubAnswer::principal, 20ms);
    metrics_.hub_answer_reused();
    EXPECT_TRUE(says(R"(corncob_http_requests_total{method="POST",status="201"} 1)")) << text();
    EXPECT_TRUE(says(R"(corncob_authentications_total{result="refused"} 1)"));
    EXPECT_TRUE(says(R"(corncob_hub_checks_total{result="principal"} 1)"));
    EXPECT_TRUE(says(R"(corncob_hub_checks_total{result="cached"} 1)"));
    EXPECT_TRUE(says("corncob_hub_check_duration_seconds_count 1"));
}

}  // namespace
}  // namespace corncob::server
