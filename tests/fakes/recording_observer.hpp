// An Observer that remembers what it was told.
#pragma once

#include <chrono>
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
    void cell_done(const protocol::TenantId&, std::chrono::nanoseconds queued, std::chrono::nanoseconds ran,
                   bool ok) override {
        const std::lock_guard lock(mutex_);
        cells_.push_back({queued, ran, ok});
    }

    std::vector<std::string> notes() const {
        const std::lock_guard lock(mutex_);
        return notes_;
    }
    std::vector<Cell> cells() const {
        const std::lock_guard lock(mutex_);
        return cells_;
    }

 private:
    void note(std::string text) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(text));
    }
    mutable std::mutex mutex_;
    std::vector<std::string> notes_;
    std::vector<Cell> cells_;
};

}  // namespace corncob::tests
