// What happened, told to whoever counts: the other interface through which answers come up.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "protocol/ids.hpp"

namespace corncob::tenants {

/// Every method may be called from any thread and must not block. Empty defaults: who does not care passes a
/// plain Observer.
class Observer {
 public:
    virtual ~Observer() = default;
    virtual void kernel_started(const protocol::TenantId&, const protocol::KernelId&) {}
    /// Its Python can run cells, so long after it began to come: with the kernel's start, if a spare one waited, else
    /// with the first request that needed it. Once for each of its lives: also after a restart, and when it has come
    /// back.
    virtual void kernel_ready(const protocol::TenantId&, const protocol::KernelId&, std::string_view /*kernel_name*/,
                              std::chrono::nanoseconds /*took*/) {}
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
    /// So many messages will never reach a client that they were for, e.g. because of "replay_bytes_max".
    virtual void messages_lost(const protocol::TenantId&, std::string_view /*reason*/, std::size_t /*messages*/) {}
    virtual void cell_done(const protocol::TenantId&, std::chrono::nanoseconds /*queued*/,
                           std::chrono::nanoseconds /*ran*/, bool /*ok*/) {}
    /// Cells that waited will never run: one before them failed, or their kernel begins anew.
    virtual void cells_aborted(const protocol::TenantId&, std::size_t /*cells*/) {}
    /// An interrupt was asked for while code of the user's ran.
    virtual void interrupt_requested(const protocol::TenantId&) {}
    /// The cell that an interrupt was for has ended, so long after it was asked for.
    virtual void interrupt_done(const protocol::TenantId&, std::chrono::nanoseconds /*took*/) {}
    /// The cache of a kernel was asked for a cell's effect.
    virtual void cache_looked_up(const protocol::TenantId&, bool /*hit*/) {}
    /// Somebody who wanted the GIL has waited so long for it.
    virtual void gil_waited(std::chrono::nanoseconds) {}
    /// The GIL was held for about so long since this was last told.
    virtual void gil_held(std::chrono::nanoseconds) {}
};

}  // namespace corncob::tenants
