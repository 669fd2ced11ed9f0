// An Observer that remembers what it was told.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "tenants/observer.hpp"

namespace corncob::tests {

/// Thread-safe.
class RecordingObserver final : public tenants::Observer {
 public:
    struct Cell {
        std::chrono::nanoseconds queued;
        std::chrono::nanoseconds ran;
        bool ok;
    };

    void kernel_started(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override {
        note("started " + tenant.str() + " " + kernel.str());
    }
    void kernel_ready(const protocol::TenantId& tenant, const protocol::KernelId& kernel, std::string_view kernel_name,
                      std::chrono::nanoseconds took) override {
        note("ready " + tenant.str() + " " + kernel.str() + " " + std::string(kernel_name) + " after " + in_ms(took));
    }
    void kernel_ended(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                      std::string_view why) override {
        note("ended " + tenant.str() + " " + kernel.str() + ": " + std::string(why));
    }
    void kernel_autorestarted(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                              std::string_view why) override {
        note("autorestarted " + tenant.str() + " " + kernel.str() + ": " + std::string(why));
    }
    void kernel_culled(const protocol::TenantId& tenant, const protocol::KernelId& kernel,
                       std::chrono::nanoseconds idle_for) override {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(idle_for);
        note("culled " + tenant.str() + " " + kernel.str() + " after " + std::to_string(seconds.count()) + " s");
    }
    void thread_disowned(const protocol::TenantId& tenant, const protocol::KernelId& kernel) override {
        note("disowned " + tenant.str() + " " + kernel.str());
    }
    void request_refused(const protocol::TenantId& tenant, std::string_view reason) override {
        note("refused " + tenant.str() + " " + std::string(reason));
    }
    void limit_hit(const protocol::TenantId& tenant, std::string_view limit) override {
        note("limit " + tenant.str() + " " + std::string(limit));
    }
    void frame_refused(const protocol::TenantId& tenant, std::string_view reason) override {
        note("frame refused " + tenant.str() + " " + std::string(reason));
    }
    void messages_lost(const protocol::TenantId& tenant, std::string_view reason, std::size_t messages) override {
        note("lost " + tenant.str() + " " + std::string(reason) + " " + std::to_string(messages));
    }
    void cell_done(const protocol::TenantId&, std::chrono::nanoseconds queued, std::chrono::nanoseconds ran,
                   bool ok) override {
        const std::lock_guard lock(mutex_);
        cells_.push_back({queued, ran, ok});
    }

    void cells_aborted(const protocol::TenantId& tenant, std::size_t cells) override {
        note("aborted " + tenant.str() + " " + std::to_string(cells));
    }
    void interrupt_requested(const protocol::TenantId& tenant) override { note("interrupt " + tenant.str()); }
    void interrupt_done(const protocol::TenantId& tenant, std::chrono::nanoseconds took) override {
        note("interrupted " + tenant.str() + " after " + in_ms(took));
    }
    void cache_looked_up(const protocol::TenantId& tenant, bool hit) override {
        note((hit ? "cache hit " : "cache miss ") + tenant.str());
    }
    void gil_waited(std::chrono::nanoseconds wait) override { note("gil waited " + in_ms(wait)); }
    void gil_held(std::chrono::nanoseconds held) override { note("gil held " + in_ms(held)); }

    std::vector<std::string> notes() const {
        const std::lock_guard lock(mutex_);
        return notes_;
    }
    std::vector<Cell> cells() const {
        const std::lock_guard lock(mutex_);
        return cells_;
    }

 private:
    static std::string in_ms(std::chrono::nanoseconds time) {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
    }
    void note(std::string text) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(text));
    }
    mutable std::mutex mutex_;
    std::vector<std::string> notes_;
    std::vector<Cell> cells_;
};

}  // namespace corncob::tests
