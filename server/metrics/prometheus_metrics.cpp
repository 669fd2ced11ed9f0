#include "server/metrics/prometheus_metrics.hpp"

#include "protocol/errc.hpp"
#include "server/metrics/metric_sums.hpp"

namespace corncob::server {

using protocol::KernelId;
using protocol::TenantId;
using std::chrono::nanoseconds;

namespace {

// From what the daemon's own work takes to what people wait for.
const prometheus::Histogram::BucketBoundaries kSeconds = {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1,
                                                          0.3,    1,      3,     10,    30,   100,  300};

// From a shell that was made ahead to one that waits its turn while many kernels compute.
const prometheus::Histogram::BucketBoundaries kStartSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                               0.1,    0.25,  0.5,    1,     2.5,  5,     10};

const prometheus::Histogram::BucketBoundaries& bounds_of(Metric metric) {
    return metric == Metric::kernel_start_duration ? kStartSeconds : kSeconds;
}

/// `values` of the declared labels, in their order.
prometheus::Labels labels_of(Metric metric, const std::vector<std::string>& values) {
    const std::vector<std::string> names = label_names(declaration(metric));
    prometheus::Labels labels;
    for (std::size_t i = 0; i < names.size(); ++i) labels.emplace(names[i], values.at(i));
    return labels;
}

double seconds(nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// Read when asked for (gauges.hpp), not counted here.
bool is_read(Metric metric) {
    return metric == Metric::process_cpu_seconds;
}

std::string direction_word(Direction direction) {
    return direction == Direction::in ? "in" : "out";
}

}  // namespace

PrometheusMetrics::PrometheusMetrics(TenantLabels& labels) : labels_(labels) {
    for (const Declaration& each : declarations()) {
        const auto index = static_cast<std::size_t>(each.metric);
        if (each.type == prometheus::MetricType::Counter && !is_read(each.metric)) {
            counters_.at(index) = &prometheus::BuildCounter().Name(each.name).Help(each.help).Register(registry_);
        } else if (each.type == prometheus::MetricType::Histogram) {
            auto& family = prometheus::BuildHistogram().Name(each.name).Help(each.help).Register(registry_);
            histograms_.at(index) = &family;
        }
        // What has no labels is there from the start: a rate needs a zero to begin with.
        if (each.labels[0] != '\0') continue;
        if (auto* family = counters_.at(index)) family->Add({});
        if (auto* family = histograms_.at(index))
            plain_histograms_.at(index) = &family->Add({}, bounds_of(each.metric));
    }
}

prometheus::Counter& PrometheusMetrics::counter(Metric metric, const std::vector<std::string>& values) {
    return counters_.at(static_cast<std::size_t>(metric))->Add(labels_of(metric, values));
}

void PrometheusMetrics::count(Metric metric, const TenantId& tenant) {
    counter(metric, {labels_.of(tenant)}).Increment();
}

prometheus::Histogram& PrometheusMetrics::histogram(Metric metric, const std::vector<std::string>& values) {
    const auto index = static_cast<std::size_t>(metric);
    if (auto* plain = plain_histograms_.at(index)) return *plain;
    return histograms_.at(index)->Add(labels_of(metric, values), bounds_of(metric));
}

void PrometheusMetrics::kernel_started(const TenantId& tenant, const KernelId&) {
    count(Metric::kernels_started, tenant);
}

void PrometheusMetrics::kernel_ready(const TenantId&, const KernelId&, std::string_view kernel_name, nanoseconds took) {
    histogram(Metric::kernel_start_duration, {std::string(kernel_name)}).Observe(seconds(took));
}

void PrometheusMetrics::kernel_ended(const TenantId& tenant, const KernelId&, std::string_view) {
    count(Metric::kernels_ended, tenant);
}

void PrometheusMetrics::kernel_autorestarted(const TenantId& tenant, const KernelId&, std::string_view) {
    count(Metric::kernel_autorestarts, tenant);
}

void PrometheusMetrics::kernel_culled(const TenantId& tenant, const KernelId&, nanoseconds) {
    count(Metric::kernels_culled, tenant);
}

void PrometheusMetrics::request_refused(const TenantId& tenant, std::string_view reason) {
    counter(Metric::refused_requests, {labels_.of(tenant), std::string(reason)}).Increment();
}

void PrometheusMetrics::limit_hit(const TenantId& tenant, std::string_view limit) {
    counter(Metric::limit_hits, {labels_.of(tenant), std::string(limit)}).Increment();
}

void PrometheusMetrics::frame_refused(const TenantId&, std::string_view reason) {
    message_refused(reason);
}

void PrometheusMetrics::messages_lost(const TenantId&, std::string_view reason, std::size_t messages) {
    counter(Metric::dropped_messages, {std::string(reason)}).Increment(static_cast<double>(messages));
}

void PrometheusMetrics::cell_done(const TenantId& tenant, nanoseconds queued, nanoseconds ran, bool ok) {
    const std::string label = labels_.of(tenant);
    histogram(Metric::queue_wait).Observe(seconds(queued));
    histogram(Metric::execute_duration).Observe(seconds(ran));
    counter(Metric::cells, {label, ok ? "ok" : "error"}).Increment();
    counter(Metric::cell_seconds, {label}).Increment(seconds(ran));
}

void PrometheusMetrics::cells_aborted(const TenantId& tenant, std::size_t cells) {
    counter(Metric::cells, {labels_.of(tenant), "aborted"}).Increment(static_cast<double>(cells));
}

void PrometheusMetrics::interrupt_requested(const TenantId&) {
    counter(Metric::interrupts).Increment();
}

void PrometheusMetrics::interrupt_done(const TenantId&, nanoseconds took) {
    histogram(Metric::interrupt_duration).Observe(seconds(took));
}

void PrometheusMetrics::cache_looked_up(const TenantId& tenant, bool hit) {
    count(hit ? Metric::cache_hits : Metric::cache_misses, tenant);
}

void PrometheusMetrics::gil_waited(nanoseconds wait) {
    histogram(Metric::gil_wait).Observe(seconds(wait));
}

void PrometheusMetrics::gil_held(nanoseconds held) {
    counter(Metric::gil_held).Increment(seconds(held));
}

void PrometheusMetrics::message(Direction direction, protocol::Channel channel, protocol::MsgType type) {
    auto& slot = messages_.at(static_cast<std::size_t>(direction))
                     .at(static_cast<std::size_t>(channel))
                     .at(static_cast<std::size_t>(type));
    prometheus::Counter* found = slot.load(std::memory_order_acquire);
    if (!found) {
        found = &counter(Metric::messages, {std::string(protocol::wire_name(channel)),
                                            std::string(protocol::wire_name(type)), direction_word(direction)});
        slot.store(found, std::memory_order_release);  // whoever else was here has found the same one
    }
    found->Increment();
}

void PrometheusMetrics::message_refused(std::string_view reason) {
    counter(Metric::dropped_messages, {std::string(reason)}).Increment();
    if (reason == protocol::name(protocol::Errc::unknown_msg_type)) {
        counter(Metric::messages, {"other", "other", direction_word(Direction::in)}).Increment();
    }
}

void PrometheusMetrics::client_disconnected(std::string_view reason) {
    counter(Metric::disconnected_clients, {std::string(reason)}).Increment();
}

void PrometheusMetrics::connection_refused(std::string_view reason) {
    counter(Metric::refused_requests, {"", std::string(reason)}).Increment();
}

void PrometheusMetrics::request_answered(std::string_view method, unsigned status) {
    counter(Metric::http_requests, {std::string(method), std::to_string(status)}).Increment();
}

void PrometheusMetrics::authenticated(std::string_view result) {
    counter(Metric::authentications, {std::string(result)}).Increment();
}

void PrometheusMetrics::hub_checked(HubAnswer answer, nanoseconds took) {
    counter(Metric::hub_checks, {std::string(name(answer))}).Increment();
    histogram(Metric::hub_check_duration).Observe(seconds(took));
}

void PrometheusMetrics::hub_answer_reused() {
    counter(Metric::hub_checks, {"cached"}).Increment();
}

}  // namespace corncob::server
