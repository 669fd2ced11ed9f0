// What runs Python for some kernels. Messages in, messages out, nothing shared: a host may live in this process
// or speak to another one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/message.hpp"
#include "tenants/kernelspec.hpp"
#include "tenants/message_sink.hpp"
#include "tenants/observer.hpp"
#include "tenants/run_mode.hpp"

namespace corncob::tenants {

class Room;

/// One request on its way: all that an answer needs. Immutable but for its count, shared by every output that names it
/// as parent.
struct Request {
    protocol::Message message;
    std::weak_ptr<MessageSink> origin;     ///< who asked; replies and input_requests go there alone
    std::uint64_t client = 0;              ///< the same, as the kernel knows it when it has connected again
    RunMode run_mode = RunMode::usual;     ///< of an execute_request: how it asks to be run
    mutable std::size_t output_bytes = 0;  ///< sent for it so far; the kernel's to count, under its lock
    mutable bool overdue = false;          ///< it has been told that it runs too long; as above
};
using SharedRequest = std::shared_ptr<const Request>;

/// Cells and the callbacks of comm messages: what an interrupt is for.
inline bool runs_user_code(const Request& request) {
    switch (request.message.header.msg_type) {
        case protocol::MsgType::execute_request:
        case protocol::MsgType::comm_open:
        case protocol::MsgType::comm_msg:
        case protocol::MsgType::comm_close:
            return true;
        default:
            return false;
    }
}

/// What does not wait for the kernel's own thread: cells on threads of their own, and all that is for a subshell.
inline bool runs_beside(const Request& request) {
    if (request.message.header.msg_type == protocol::MsgType::delete_subshell_request) return true;
    return request.run_mode == RunMode::thread ||
           (runs_user_code(request) && !request.message.header.subshell_id.empty());
}

/// A message that a kernel publishes: an iopub message, or comm traffic.
struct Output {
    protocol::MsgType msg_type{};
    std::string content_json;
    std::string metadata_json = "{}";
    std::vector<std::string> buffers;
};

/// The answer to a request. `failed` and `abort_queue` are about execute_request: the cell ended in an error, and
/// its stop_on_error asks that cells queued behind it are not run.
struct Reply {
    std::string content_json;
    std::string metadata_json = "{}";
    bool failed = false;
    bool abort_queue = false;
};

/// Why a kernel's Python side is no more.
enum class EndReason {
    stopped,   ///< asked to
    disowned,  ///< asked to, but its code would not stop: it runs on, unheard, until it ends by itself
    exited,    ///< its code asked for it: exit(), or what ends a process with status 0
    crashed,   ///< could not be started, failed inside, or did what ends a process with another status or by a signal
};

/// What a host tells of one kernel. Called from the host's threads, in order per kernel; implemented by Kernel.
class HostEvents {
 public:
    virtual ~HostEvents() = default;
    /// Its Python is there, and what was submitted can begin. At most once, and before a cell begins.
    virtual void on_ready() {}
    /// `parent` may be null for output that belongs to no request.
    virtual void on_output(const SharedRequest& parent, Output output) = 0;
    /// Exactly once for every submitted request, unless on_ended comes first.
    virtual void on_reply(const SharedRequest& request, Reply reply) = 0;
    /// Ask the client that sent `parent` for a line of input.
    virtual void on_input_request(const SharedRequest& parent, std::string content_json) = 0;
    /// The cell `caller` asks that cells, from those that wait now on, run in these modes.
    virtual void on_modes(const SharedRequest& caller, CellModes modes) = 0;
    /// Its code has met a limit that the host keeps, e.g. "threads_max".
    virtual void on_limit_hit(const std::string& /*limit*/) {}
    /// A cell of mode cache was looked for among those whose outcome is kept.
    virtual void on_cache_looked_up(bool /*hit*/) {}
    /// Last call for this kernel; its thread, namespace and descriptors are gone, or disowned because they would not
    /// end.
    virtual void on_ended(EndReason reason, std::string detail) = 0;
};

/// One kernel as its host sees it. All methods: any thread, never block, never take the GIL.
class HostedKernel {
 public:
    virtual ~HostedKernel() = default;

    /// It will be asked for something soon: its Python comes now if that costs nobody anything. False: it comes with
    /// the first request.
    virtual bool prepare() { return false; }

    /// execute, complete, inspect, is_complete, history, comm_* and input_reply; and delete_subshell, to which there is
    /// no reply: what runs in that subshell is cancelled, and its thread ends. Events never come back from within
    /// a call of this class, so the caller may hold a lock.
    virtual void submit(SharedRequest request) = 0;

    /// Raises KeyboardInterrupt in what the kernel runs now; nothing if it runs nothing. Its programs get SIGINT.
    virtual void interrupt() = 0;

    /// While held, code that puts out more should wait, where it can: a client does not keep up. What is put out all
    /// the same is taken. Only ever called when it changes; a new kernel is not held.
    virtual void hold_output(bool held) = 0;

    /// Ends the kernel: what runs is interrupted, the namespace is dropped, then on_ended(stopped).
    virtual void stop() = 0;
};

/// Takes the answer to the question where a kernel's sockets are: {"connection_file", "connection_info", "daemon"}, or
/// {"error"}. `daemon` says whether the kernel has a REST API, too.
using TellConnection = std::function<void(std::string answer_json)>;

struct HostedKernelSettings {
    protocol::TenantId tenant;
    protocol::KernelId kernel_id;
    Kernelspec spec;
    std::map<std::string, std::string> env;  ///< besides the kernelspec's
    std::string working_dir;                 ///< empty: the daemon's
    std::size_t threads_max = 0;             ///< that its code may have; 0: no limit
    /// For the kernel's code to ask. Never blocks; the answer comes from any thread, or, if the daemon ends, never.
    std::function<void(TellConnection)> ask_connection{};
};

class Host {
 public:
    virtual ~Host() = default;

    /// Cheap: no Python runs before prepare() or the first request. `events` must stay alive until on_ended; the
    /// host keeps the pointer. Any thread.
    virtual std::unique_ptr<HostedKernel> start(HostedKernelSettings settings, std::shared_ptr<HostEvents> events) = 0;

    /// Whether prepare() of a kernel that is started now is likely to give it its Python.
    virtual bool has_spare() const { return false; }

    /// Of the Python that runs here, e.g. "3.11.2". Known without starting it.
    virtual std::string language_version() const = 0;

    /// Threads that go on although their kernel has ended (EndReason::disowned).
    virtual std::size_t disowned_threads() const { return 0; }
    /// Threads that run a kernel's code, those included.
    virtual std::size_t kernel_threads() const { return 0; }

    /// For one more kernel. Null: nothing bounds it.
    virtual Room* room() { return nullptr; }

    /// From now on `observer` is told of what concerns no single kernel: the GIL. It outlives the host. At most once.
    virtual void watch(Observer& /*observer*/) {}
};

}  // namespace corncob::tenants
