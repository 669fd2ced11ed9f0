#include "server/observer_tee.hpp"

namespace corncob::server {

using protocol::KernelId;
using protocol::TenantId;
using std::chrono::nanoseconds;

void ObserverTee::kernel_started(const TenantId& tenant, const KernelId& kernel) {
    for (auto* each : observers_) each->kernel_started(tenant, kernel);
}

void ObserverTee::kernel_ready(const TenantId& tenant, const KernelId& kernel, std::string_view kernel_name,
                               nanoseconds took) {
    for (auto* each : observers_) each->kernel_ready(tenant, kernel, kernel_name, took);
}

void ObserverTee::kernel_ended(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    for (auto* each : observers_) each->kernel_ended(tenant, kernel, reason);
}

void ObserverTee::kernel_autorestarted(const TenantId& tenant, const KernelId& kernel, std::string_view reason) {
    for (auto* each : observers_) each->kernel_autorestarted(tenant, kernel, reason);
}

void ObserverTee::kernel_culled(const TenantId& tenant, const KernelId& kernel, nanoseconds idle_for) {
    for (auto* each : observers_) each->kernel_culled(tenant, kernel, idle_for);
}

void ObserverTee::thread_disowned(const TenantId& tenant, const KernelId& kernel) {
    for (auto* each : observers_) each->thread_disowned(tenant, kernel);
}

void ObserverTee::request_refused(const TenantId& tenant, std::string_view reason) {
    for (auto* each : observers_) each->request_refused(tenant, reason);
}

void ObserverTee::limit_hit(const TenantId& tenant, std::string_view limit) {
    for (auto* each : observers_) each->limit_hit(tenant, limit);
}

void ObserverTee::frame_refused(const TenantId& tenant, std::string_view reason) {
    for (auto* each : observers_) each->frame_refused(tenant, reason);
}

void ObserverTee::messages_lost(const TenantId& tenant, std::string_view reason, std::size_t messages) {
    for (auto* each : observers_) each->messages_lost(tenant, reason, messages);
}

void ObserverTee::cell_done(const TenantId& tenant, nanoseconds queued, nanoseconds ran, bool ok) {
    for (auto* each : observers_) each->cell_done(tenant, queued, ran, ok);
}

void ObserverTee::cells_aborted(const TenantId& tenant, std::size_t cells) {
    for (auto* each : observers_) each->cells_aborted(tenant, cells);
}

void ObserverTee::interrupt_requested(const TenantId& tenant) {
    for (auto* each : observers_) each->interrupt_requested(tenant);
}

void ObserverTee::interrupt_done(const TenantId& tenant, nanoseconds took) {
    for (auto* each : observers_) each->interrupt_done(tenant, took);
}

void ObserverTee::cache_looked_up(const TenantId& tenant, bool hit) {
    for (auto* each : observers_) each->cache_looked_up(tenant, hit);
}

void ObserverTee::gil_waited(nanoseconds wait) {
    for (auto* each : observers_) each->gil_waited(wait);
}

void ObserverTee::gil_held(nanoseconds held) {
    for (auto* each : observers_) each->gil_held(held);
}

}  // namespace corncob::server
