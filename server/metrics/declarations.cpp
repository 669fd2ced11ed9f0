#include "server/metrics/declarations.hpp"

namespace corncob::server {

using enum prometheus::MetricType;
using enum Metric;

namespace {

constexpr std::array<Declaration, kMetrics> kAll{{
    {build_info, "corncob_build_info", Gauge, "version, python, isolation", "Always 1; its labels say what runs."},
    {start_time, "corncob_start_time_seconds", Gauge, "", "When the daemon started, in seconds since 1970."},
    {draining, "corncob_draining", Gauge, "", "1 while the daemon goes down and takes no new work, else 0."},
    {tenants, "corncob_tenants", Gauge, "", "Tenants that have come since the start."},
    {kernels, "corncob_kernels", Gauge, "tenant, kernel_name, execution_state",
     "Kernels by kernelspec and state: idle or busy."},
    {sessions, "corncob_sessions", Gauge, "tenant", "Entries of /api/sessions."},
    {connections, "corncob_connections", Gauge, "door",
     "Open connections: http and websocket sockets, kernels on zmq sockets, attach processes."},
    {quota_used, "corncob_quota_used", Gauge, "tenant, quota", "How much of a quota is in use."},
    {quota_limit, "corncob_quota_limit", Gauge, "tenant, quota",
     "The quota itself; absent where there is none, and for tenant other."},
    {outbox_bytes, "corncob_outbox_bytes", Gauge, "door", "Bytes of messages that wait for clients to read."},
    {replay_bytes, "corncob_replay_bytes", Gauge, "tenant", "Bytes kept for clients that may come back."},
    {kernel_threads, "corncob_kernel_threads", Gauge, "", "Threads that run kernels, the disowned ones included."},
    {disowned_threads, "corncob_disowned_threads", Gauge, "",
     "Threads whose kernel has ended and whose code does not stop."},
    {kernels_started, "corncob_kernels_started_total", Counter, "tenant", "Kernels that were started."},
    {kernels_ended, "corncob_kernels_ended_total", Counter, "tenant", "Kernels that have ended for good."},
    {kernel_autorestarts, "corncob_kernel_autorestarts_total", Counter, "tenant",
     "Kernels whose Python ended unasked and was begun anew."},
    {kernels_culled, "corncob_kernels_culled_total", Counter, "tenant", "Kernels ended because nobody used them."},
    {kernel_start_duration, "corncob_kernel_start_duration_seconds", Histogram, "kernel_name",
     "From a kernel's start, or the first request that needs its Python, to the moment when it can run cells."},
    {messages, "corncob_messages_total", Counter, "channel, msg_type, direction",
     "Messages decoded from clients (in) and handed to each client (out)."},
    {cells, "corncob_cells_total", Counter, "tenant, status",
     "Cells that have ended: ok, error, or aborted without having run."},
    {cell_seconds, "corncob_cell_seconds_total", Counter, "tenant", "Wall clock time that cells have run."},
    {execute_duration, "corncob_execute_duration_seconds", Histogram, "", "From the begin of a cell to its reply."},
    {queue_wait, "corncob_queue_wait_seconds", Histogram, "", "From the arrival of a cell to its begin."},
    {interrupts, "corncob_interrupts_total", Counter, "", "Interrupts of kernels that ran something."},
    {interrupt_duration, "corncob_interrupt_duration_seconds", Histogram, "",
     "From an interrupt to the end of the cell that ran."},
    {gil_wait, "corncob_gil_wait_seconds", Histogram, "",
     "How long one waits for Python's global lock; tried once a second."},
    {gil_held, "corncob_gil_held_seconds_total", Counter, "",
     "How long Python's global lock was held; sampled 20 times a second."},
    {dropped_messages, "corncob_dropped_messages_total", Counter, "reason",
     "Messages that were not taken or could not go out."},
    {refused_requests, "corncob_refused_requests_total", Counter, "tenant, reason",
     "What was refused: by a quota, or because the daemon is full; tenant is empty before it is known."},
    {limit_hits, "corncob_limit_hits_total", Counter, "tenant, limit", "Cells that have used up what a cell may."},
    {disconnected_clients, "corncob_disconnected_clients_total", Counter, "reason", "Clients that were cut off."},
    {http_requests, "corncob_http_requests_total", Counter, "method, status",
     "HTTP requests answered; status 101 is a WebSocket."},
    {authentications, "corncob_authentications_total", Counter, "result",
     "Requests by what they showed: accepted, missing, refused (a token of nobody), forbidden (a right is "
     "missing)."},
    {hub_checks, "corncob_hub_checks_total", Counter, "result", "Questions to JupyterHub about a token."},
    {hub_check_duration, "corncob_hub_check_duration_seconds", Histogram, "", "Time to the answer of JupyterHub."},
    {cache_hits, "corncob_cache_hits_total", Counter, "tenant", "Cells whose effect the cache had."},
    {cache_misses, "corncob_cache_misses_total", Counter, "tenant", "Cells whose effect the cache had not."},
    {process_cpu_seconds, "corncob_process_cpu_seconds_total", Counter, "", "CPU time of the daemon."},
    {process_resident_memory, "corncob_process_resident_memory_bytes", Gauge, "", "Memory of the daemon in RAM."},
    {process_virtual_memory, "corncob_process_virtual_memory_bytes", Gauge, "", "Address space of the daemon."},
    {process_threads, "corncob_process_threads", Gauge, "", "Threads of the daemon."},
    {process_open_fds, "corncob_process_open_fds", Gauge, "", "Open file descriptors of the daemon."},
    {process_max_fds, "corncob_process_max_fds", Gauge, "", "How many it may have open."},
    {container_memory, "corncob_container_memory_bytes", Gauge, "",
     "Memory that the daemon's container uses, without what is only kept of files; absent without a limit."},
    {container_memory_limit, "corncob_container_memory_limit_bytes", Gauge, "",
     "How much it may use; absent without a limit."},
    {container_pids, "corncob_container_pids", Gauge, "",
     "Processes and threads in the daemon's container; absent without a limit."},
    {container_pids_limit, "corncob_container_pids_limit", Gauge, "", "How many there may be; absent without a limit."},
}};

}  // namespace

const std::array<Declaration, kMetrics>& declarations() {
    return kAll;
}

const char* type_name(prometheus::MetricType type) {
    switch (type) {
        case Counter:
            return "counter";
        case Histogram:
            return "histogram";
        default:
            return "gauge";
    }
}

}  // namespace corncob::server
