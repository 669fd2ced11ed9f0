// The shells of one kernel: the main one, and the subshells that clients have made (JEP 91). Each runs its cells by
// itself.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/ids.hpp"
#include "tenants/cell_queue.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kSubshellsMax = 32;  ///< of a kernel, by default. Each is a thread once it is used

/// A request belongs to the shell that its header names; the main shell has the empty id. Guarded by the kernel's lock.
class Shells {
 public:
    /// There is the main shell.
    explicit Shells(bool chained);

    /// A new subshell; nothing, if there are as many as may be (0: no limit). `maker` is the client that asks for it.
    std::optional<protocol::SubshellId> create(std::weak_ptr<MessageSink> maker,
                                               std::size_t subshells_max = kSubshellsMax);
    /// Removes a subshell in which nothing runs or waits, and whose maker is gone: a page that is reloaded makes new
    /// ones, and never comes back to the old. Nothing, if there is none.
    std::optional<protocol::SubshellId> remove_orphan();
    /// It takes no more; what runs in it runs on. Its cells that wait, or nothing, if there is no such subshell.
    std::optional<std::vector<SharedRequest>> remove(const protocol::SubshellId& id);
    /// In the order of their ids.
    std::vector<protocol::SubshellId> subshells() const;
    bool contains(const protocol::SubshellId& id) const;

    /// Its shell must be there.
    void add(SharedRequest cell, Clock::Steady now);
    /// The next cell of any shell that may begin; it runs from now on. Null: none may.
    SharedRequest begin_next(Clock::Steady now);
    std::optional<CellQueue::Times> finish(const SharedRequest& cell);
    /// The cells that wait in the shell of `cell`: none of them will run.
    std::vector<SharedRequest> take_waiting_with(const SharedRequest& cell);
    std::vector<SharedRequest> take_waiting();
    /// As CellQueue::set_chained, for all shells.
    void set_chained(bool chained, const SharedRequest& caller);

    std::vector<SharedRequest> running() const;
    struct Begun {
        SharedRequest cell;
        Clock::Steady at;
    };
    /// Of the cells that run, the one that began first; its cell is null if none runs.
    Begun first_begun() const;
    bool runs(const SharedRequest& cell) const;
    bool any_runs() const;
    struct Counts {
        std::size_t running = 0;
        std::size_t waiting = 0;
    };
    /// Of the cells of all shells.
    Counts counts() const;
    /// Cells that are not done, but for one of each shell.
    std::size_t backlog() const;

 private:
    struct Shell {
        CellQueue cells;
        std::weak_ptr<MessageSink> maker;
        bool removed = false;  // it stays until what runs in it is done
    };
    Shell* shell_of(const SharedRequest& cell);

    bool chained_;
    std::map<protocol::SubshellId, Shell> shells_;
};

}  // namespace corncob::tenants
