#include "server/metrics/gauges.hpp"

#include <chrono>

#include "server/metrics/metric_sums.hpp"
#include "server/metrics/process_figures.hpp"
#include "tenants/room.hpp"

namespace corncob::server {
namespace {

void add_tenant(tenants::Tenant& tenant, const std::string& label, MetricSums& sums) {
    sums.add(Metric::sessions, static_cast<double>(tenant.sessions().count()), {label});
    double replay_bytes = 0;
    for (const auto& kernel : tenant.kernels().list()) {
        const auto figures = kernel->figures();
        sums.add(Metric::kernels, 1, {label, kernel->spec().name, figures.busy ? "busy" : "idle"});
        replay_bytes += static_cast<double>(figures.replay_bytes);
    }
    sums.add(Metric::replay_bytes, replay_bytes, {label});
    for (const tenants::Limit* limit : tenant.limits()) {
        sums.add(Metric::quota_used, static_cast<double>(limit->used()), {label, limit->name()});
        if (limit->maximum() == 0 || label == kOtherTenants) continue;
        sums.add(Metric::quota_limit, static_cast<double>(limit->maximum()), {label, limit->name()});
    }
}

void add_doors(const DoorFigures& doors, MetricSums& sums) {
    const auto add = [&sums](Metric metric, std::size_t value, const char* door) {
        sums.add(metric, static_cast<double>(value), {door});
    };
    add(Metric::connections, doors.http, "http");
    add(Metric::connections, doors.websocket, "websocket");
    add(Metric::connections, doors.zmq, "zmq");
    add(Metric::connections, doors.attach, "attach");
    add(Metric::outbox_bytes, doors.websocket_outbox_bytes, "websocket");
    add(Metric::outbox_bytes, doors.zmq_outbox_bytes, "zmq");
}

void add_process(const ProcessFigures& process, MetricSums& sums) {
    sums.add(Metric::process_cpu_seconds, process.cpu_seconds);
    sums.add(Metric::process_resident_memory, static_cast<double>(process.resident_bytes));
    sums.add(Metric::process_virtual_memory, static_cast<double>(process.virtual_bytes));
    sums.add(Metric::process_threads, static_cast<double>(process.threads));
    sums.add(Metric::process_open_fds, static_cast<double>(process.open_fds));
    if (process.max_fds) sums.add(Metric::process_max_fds, static_cast<double>(*process.max_fds));
}

void add_container(const tenants::Room& room, MetricSums& sums) {
    if (const auto memory = room.memory()) {
        sums.add(Metric::container_memory, static_cast<double>(memory->used));
        sums.add(Metric::container_memory_limit, static_cast<double>(memory->limit));
    }
    if (const auto pids = room.pids()) {
        sums.add(Metric::container_pids, static_cast<double>(pids->used));
        sums.add(Metric::container_pids_limit, static_cast<double>(pids->limit));
    }
}

}  // namespace

std::vector<prometheus::MetricFamily> Gauges::collect() const {
    MetricSums sums;
    sums.add(Metric::build_info, 1, {CORNCOB_VERSION, sources_.host.language_version(), sources_.isolation});
    const std::chrono::duration<double> started = sources_.state.started().time_since_epoch();
    sums.add(Metric::start_time, started.count());
    sums.add(Metric::draining, sources_.state.draining() ? 1 : 0);
    const auto all = sources_.tenants.all();
    sums.add(Metric::tenants, static_cast<double>(all.size()));
    for (tenants::Tenant* tenant : all) add_tenant(*tenant, labels_.of(tenant->id()), sums);
    sums.add(Metric::kernel_threads, static_cast<double>(sources_.host.kernel_threads()));
    sums.add(Metric::disowned_threads, static_cast<double>(sources_.host.disowned_threads()));
    add_doors(sources_.doors(), sums);
    add_process(process_figures(), sums);
    if (sources_.host.room() != nullptr) add_container(*sources_.host.room(), sums);
    return sums.families();
}

}  // namespace corncob::server
