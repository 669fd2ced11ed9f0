// What happened, told to whoever counts: the other interface through which answers come up.
#pragma once

#include <chrono>
#include <string_view>

#include "protocol/ids.hpp"

namespace corncob::tenants {

/// Every method may be called from any thread and must not block. Empty defaults: who does not care passes a
/// plain Observer.
class Observer {
 public:
    virtual ~Observer() = default;
    virtual void kernel_started(const protocol::TenantId&, const protocol::KernelId&) {}
    virtual void kernel_ended(const protocol::TenantId&, const protocol::KernelId&, std::string_view /*reason*/) {}
    /// Its Python ended without having been asked to; a fresh one takes over under the same id.
    virtual void kernel_autorestarted(const protocol::TenantId&, const protocol::KernelId&,
                                      std::string_view /*reason*/) {}
    /// It is ended because nobody has used it for so long.
    virtual void kernel_culled(const protocol::TenantId&, const protocol::KernelId&,
                               std::chrono::nanoseconds /*idle_for*/) {}
    /// A thread of an ended or restarted kernel runs on, because its code does not stop.
    virtual void thread_disowned(const protocol::TenantId&, const protocol::KernelId&) {}
    virtual void request_refused(const protocol::TenantId&, std::string_view /*reason*/) {}
    /// A cell has used up what it may, e.g. "output_bytes_max". Once a cell and limit.
    virtual void limit_hit(const protocol::TenantId&, std::string_view /*limit*/) {}
    /// A ZMQ message that came in bad or could not go out; `reason` is of a small fixed set of words.
    virtual void frame_refused(const protocol::TenantId&, std::string_view /*reason*/) {}
    virtual void cell_done(const protocol::TenantId&, std::chrono::nanoseconds /*queued*/,
                           std::chrono::nanoseconds /*ran*/, bool /*ok*/) {}
};

}  // namespace corncob::tenants
