// One emulated kernel: its state, its cells, its subscribers.
//
// Lives in C++. kernel_info, comm_info, interrupt and shutdown are answered here, on the caller's thread, whatever the
// cells do and whether it has its Python yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/rest/models.hpp"
#include "tenants/activity_counts.hpp"
#include "tenants/audience.hpp"
#include "tenants/clock.hpp"
#include "tenants/comm_registry.hpp"
#include "tenants/host.hpp"
#include "tenants/housekeeper.hpp"
#include "tenants/memory_shares.hpp"
#include "tenants/message_factory.hpp"
#include "tenants/observer.hpp"
#include "tenants/quota.hpp"
#include "tenants/session_kernels.hpp"
#include "tenants/shells.hpp"

namespace corncob::tenants {

class Kernel;

/// How often in a row a kernel whose Python ends unasked is begun anew: then it is dead. As jupyter_client's restarter,
/// which also forgets the count when a kernel has lived for a while; here a cell that succeeds proves as much.
inline constexpr std::size_t kAutorestartsMax = 5;
inline constexpr std::chrono::seconds kStableAfter{10};

/// Opens a kernel's sockets, if they are not open yet, and tells where they are.
using AskConnection = std::function<void(std::shared_ptr<Kernel>, TellConnection)>;

/// What a kernel needs of its surroundings; references outlive the kernel.
struct KernelSurroundings {
    Host& host;
    const Clock& clock;
    Observer& observer;
    std::size_t queued_cells_max;      ///< 0: no limit
    std::size_t replay_bytes_max = 0;  ///< kept for clients that come back; 0: nothing
    std::size_t output_bytes_max = 0;  ///< a cell; 0: no limit
    std::size_t subshells_max = kSubshellsMax;
    std::size_t threads_max = 0;
    std::size_t message_bytes_max = 0;           ///< of one incoming message; 0: as the door says
    std::size_t outbox_bytes_max = 0;            ///< of what waits for one client; 0: as the door says
    std::chrono::milliseconds cell_time_max{0};  ///< of one cell, if there are timers
    RateLimit* requests = nullptr;               ///< of what clients ask for
    Housekeeper* timers = nullptr;
    MemoryShares* memory = nullptr;    ///< of the process that runs it; null: nobody looks
    ActivityCounts* counts = nullptr;  ///< of its tenant; null: nobody counts
    AskConnection ask_connection{};    ///< empty: it has no sockets
    StartSession start_session{};      ///< of a kernel of mode multi; empty: of any other mode
};

struct KernelIdentity {
    protocol::TenantId tenant;
    protocol::KernelId id;
    Kernelspec spec;
    std::map<std::string, std::string> env;
    std::string working_dir;
    bool comes_back = true;  ///< it begins anew when its Python ends unasked; false: it is dead then
};

/// Thread-safe. A kernel of mode multi runs nothing itself: it is those of its sessions. Invariants: every request gets
/// exactly one reply; busy and idle are paired and the reply comes before its idle; all subscribers see one iopub
/// order.
class Kernel final : public std::enable_shared_from_this<Kernel> {
 public:
    /// Called once, from any thread, when a restart or a shutdown is complete.
    using Done = std::function<void()>;

    Kernel(KernelIdentity identity, KernelSurroundings surroundings, QuotaUnit unit);
    ~Kernel();

    const protocol::KernelId& id() const { return identity_.id; }
    const protocol::TenantId& tenant() const { return identity_.tenant; }
    const Kernelspec& spec() const { return identity_.spec; }
    /// The bound of its tenant where that is smaller; `doors` is that of the door.
    std::size_t message_bytes_max(std::size_t doors) const { return smaller(surroundings_.message_bytes_max, doors); }
    std::size_t outbox_bytes_max(std::size_t doors) const { return smaller(surroundings_.outbox_bytes_max, doors); }
    protocol::rest::KernelModel model() const;
    bool dead() const;
    /// It is dead because its Python has ended by itself, and not by exit().
    bool crashed() const;
    /// A cell runs or waits.
    bool busy() const;
    /// Somebody else than `session`, who has ended or restarted the kernel, still has one: only with mode multi.
    bool lives_on_without(const protocol::ClientSessionId& session) const;
    /// Of a kernel of mode multi; null: it is none.
    SessionKernels* sessions() const { return sessions_.get(); }
    /// Of a kernel of mode multi: what it does itself, without those of its sessions, which are kernels like others.
    /// Counts are since its start, over all its restarts.
    struct Figures {
        bool busy = false;
        CellModes modes;               ///< as things are now
        std::size_t replay_bytes = 0;  ///< kept for clients that come back
        std::size_t memory_bytes = 0;  ///< an estimate (memory_shares.hpp)
        std::size_t cells_running = 0;
        std::size_t cells_waiting = 0;
        std::uint64_t cells_done = 0;  ///< that have run to their end, the failed ones among them
        std::uint64_t cells_failed = 0;
        std::uint64_t messages_received = 0;  ///< from clients
        std::uint64_t messages_sent = 0;      ///< each once, however many clients have got it
    };
    Figures figures() const;

    /// Its first request is to be expected: its Python is made ready, where a spare one waits for that. A kernel that
    /// begins anew gets its Python with the next request.
    void prepare();

    /// Takes a client's message. Replies go to `origin`. Fails for what no client may send, and for a dead kernel.
    Result<void> submit(protocol::Message message, const std::shared_ptr<MessageSink>& origin);

    /// From now on `sink` gets every iopub message, after what `client` has missed (audience.hpp).
    void subscribe(const std::shared_ptr<MessageSink>& sink, ClientId client = {});
    void unsubscribe(const MessageSink* sink);
    /// Lets go of what is kept for clients that have got it meanwhile.
    void release_confirmed();
    /// A subscriber is no longer congested: what waited for it may go on.
    void review_backlog();

    /// From now on cells are refused; what runs and waits goes on.
    void drain();
    void interrupt();
    /// Same id, empty namespace, execution count from 1. Queued cells are aborted.
    void restart(Done done);
    /// Ends the kernel for good; subscribers see status dead and kernel_ended(). Idempotent.
    void shutdown(Done done);

 private:
    class Incarnation;  // one host kernel and the ear for its events; a restart makes a new one

    protocol::rest::KernelModel own_model() const;
    void for_each_session(void (Kernel::*what)());
    static std::size_t smaller(std::size_t tenants, std::size_t doors) {
        return tenants != 0 && tenants < doors ? tenants : doors;
    }
    void look_for_overdue_cells();

    // The methods below expect mutex_ to be held.
    void begin_incarnation();
    void dispatch(const SharedRequest& request);
    void enqueue_cell(const SharedRequest& request);
    void begin_cells();
    /// From its tenant's requests_per_second_max. False: it has been refused.
    bool take_request(const SharedRequest& request);
    void watch_time();
    void stop_overdue_cell(const SharedRequest& cell, std::chrono::nanoseconds ran);
    void finish_cell(const SharedRequest& request, bool failed, bool abort_queue);
    /// False if no such cell runs.
    bool end_cell(const SharedRequest& request, bool ok);
    void abort_cells(const std::vector<SharedRequest>& cells);
    void create_subshell(const SharedRequest& request);
    void delete_subshell(const SharedRequest& request);
    void list_subshells(const SharedRequest& request);
    /// Its thread, if it has one, is to end.
    void end_subshell(const protocol::SubshellId& id);
    void interrupt_incarnation();
    void hand_to_host(const SharedRequest& request);
    bool answers_question(const Request& input_reply) const;
    void answer(const SharedRequest& request, std::string content_json);
    void refuse(const SharedRequest& request, const std::string& ename, const std::string& why);
    void reply(const SharedRequest& request, std::string content_json, std::string metadata_json = "{}");
    void publish(const SharedRequest& parent, protocol::MsgType type, std::string content_json,
                 std::string metadata_json = "{}", std::vector<std::string> buffers = {});
    void count_message(std::uint64_t& own);
    void note_activity(protocol::MsgType published, const SharedRequest& parent);
    void publish_output(const SharedRequest& parent, Output output);
    /// Holds the host's output while a subscriber is congested, and only then.
    void hold_or_release();
    void publish_status(const SharedRequest& parent, const char* execution_state);
    /// Everything in flight gets its reply: the Python side that would have given it is gone.
    void abort_in_flight(const std::string& why);
    std::shared_ptr<Incarnation> retire();
    void die(const std::string& why);
    /// Everything of the Python that was is forgotten; the next request makes a new one.
    void begin_anew(const std::string& why, bool asked_for);
    /// Python has ended without having been asked to: begin anew, unless that happens again and again.
    void come_back(const std::string& why);

    void on_limit_hit(const std::string& limit) { surroundings_.observer.limit_hit(identity_.tenant, limit); }

    // Events of the current incarnation; those of earlier ones are not heard.
    void on_ready(const Incarnation& from);
    void on_output(const Incarnation& from, const SharedRequest& parent, Output output);
    void on_reply(const Incarnation& from, const SharedRequest& request, Reply reply);
    void on_input_request(const Incarnation& from, const SharedRequest& parent, std::string content_json);
    void on_modes(const Incarnation& from, const SharedRequest& caller, CellModes modes);
    void on_ended(Incarnation& from, EndReason reason, const std::string& detail);

    const KernelIdentity identity_;
    const KernelSurroundings surroundings_;
    const std::string kernel_info_;
    MessageFactory messages_;

    const std::unique_ptr<SessionKernels> sessions_;  // not under mutex_; called without it

    mutable std::mutex mutex_;
    QuotaUnit unit_;
    bool dead_ = false;
    bool crashed_ = false;
    bool draining_ = false;
    Clock::System last_activity_;
    std::shared_ptr<Incarnation> incarnation_;
    std::size_t deaths_ = 0;  // in a row; at most kAutorestartsMax
    Clock::Steady last_death_;
    MemoryShare memory_;
    std::uint64_t received_ = 0;  // messages
    std::uint64_t sent_ = 0;
    std::uint64_t cells_done_ = 0;
    std::uint64_t cells_failed_ = 0;
    CellModes modes_;                           // as cells have last asked for
    Shells shells_;                             // their cells are bounded by queued_cells_max
    std::unordered_set<SharedRequest> beside_;  // language and comm requests the host has
    struct Question {
        protocol::MsgId msg_id;  // of the input_request
        SharedRequest parent;    // the cell that asked
    };
    std::optional<Question> question_;              // the last one asked, until it is answered
    std::optional<Clock::Steady> interrupt_asked_;  // until a cell has ended
    CommRegistry comms_;
    Audience audience_;
    bool output_held_ = false;   // as the incarnation has been told
    bool time_watched_ = false;  // look_for_overdue_cells() will be called
};

}  // namespace corncob::tenants
