// Events become metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include "server/auth/hub_observer.hpp"
#include "server/door_observer.hpp"
#include "server/metrics/declarations.hpp"
#include "server/metrics/tenant_labels.hpp"
#include "tenants/observer.hpp"

namespace corncob::server {

/// Thread-safe. What is told for every message takes no lock: two atomic operations. What comes once a cell or a
/// request looks its labels up.
class PrometheusMetrics final : public tenants::Observer, public DoorObserver, public HubObserver {
 public:
    /// `labels` outlives it.
    explicit PrometheusMetrics(TenantLabels& labels);

    /// All that was counted so far, without what has never happened.
    std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

    // tenants::Observer
    void kernel_started(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override;
    void kernel_ready(const protocol::TenantId& tenant, const protocol::KernelId& kernel, std::string_view kernel_name,
                      std::chrono::nanoseconds took) override;
    void kernel_ended(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                      std::string_view reason) override;
    void kernel_autorestarted(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                              std::string_view reason) override;
    void kernel_culled(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                       std::chrono::nanoseconds idle_for) override;
    void request_refused(const protocol::TenantId& tenant, std::string_view reason) override;
    void limit_hit(const protocol::TenantId& tenant, std::string_view limit) override;
    void frame_refused(const protocol::TenantId& tenant, std::string_view reason) override;
    void messages_lost(const protocol::TenantId& tenant, std::string_view reason, std::size_t messages) override;
    void cell_done(const protocol::TenantId& tenant, std::chrono::nanoseconds queued, std::chrono::nanoseconds ran,
                   bool ok) override;
    void cells_aborted(const protocol::TenantId& tenant, std::size_t cells) override;
    void interrupt_requested(const protocol::TenantId& tenant) override;
    void interrupt_done(const protocol::TenantId& tenant, std::chrono::nanoseconds took) override;
    void cache_looked_up(const protocol::TenantId& tenant, bool hit) override;
    void gil_waited(std::chrono::nanoseconds wait) override;
    void gil_held(std::chrono::nanoseconds held) override;

    // DoorObserver
    void message(Direction direction, protocol::Channel channel, protocol::MsgType type) override;
    void message_refused(std::string_view reason) override;
    void client_disconnected(std::string_view reason) override;
    void connection_refused(std::string_view reason) override;
    void request_answered(std::string_view method, unsigned status) override;
    void authenticated(std::string_view result) override;

    // HubObserver
    void hub_checked(HubAnswer answer, std::chrono::nanoseconds took) override;
    void hub_answer_reused() override;

 private:
    using CounterFamily = prometheus::Family<prometheus::Counter>;
    using HistogramFamily = prometheus::Family<prometheus::Histogram>;
    static constexpr std::size_t kChannels = static_cast<std::size_t>(protocol::Channel::heartbeat) + 1;
    static constexpr std::size_t kMsgTypes = static_cast<std::size_t>(protocol::MsgType::iopub_welcome) + 1;

    /// `values` of the declared labels, in their order. Takes a lock.
    prometheus::Counter& counter(Metric metric, const std::vector<std::string>& values = {});
    void count(Metric metric, const protocol::TenantId& tenant);
    /// As counter(); takes no lock where there are no labels.
    prometheus::Histogram& histogram(Metric metric, const std::vector<std::string>& values = {});

    TenantLabels& labels_;
    prometheus::Registry registry_;
    std::array<CounterFamily*, kMetrics> counters_{};                  // null: not a counter
    std::array<HistogramFamily*, kMetrics> histograms_{};              // null: not a histogram
    std::array<prometheus::Histogram*, kMetrics> plain_histograms_{};  // null: not a histogram, or one with labels
    /// Made at their first message.
    std::array<std::array<std::array<std::atomic<prometheus::Counter*>, kMsgTypes>, kChannels>, 2> messages_{};
};

}  // namespace corncob::server
