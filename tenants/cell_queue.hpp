// The cells of one kernel: which wait, which run, and which may begin.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tenants/clock.hpp"
#include "tenants/host.hpp"

namespace corncob::tenants {

/// Some cells form the chain: of them the next begins when all that have begun are done. The others begin at once,
/// beside it. Guarded by the kernel's lock.
class CellQueue {
 public:
    struct Times {
        Clock::Steady queued_at;
        Clock::Steady started_at;
    };

    explicit CellQueue(bool chained) : chained_(chained) {}

    void add(SharedRequest request, Clock::Steady now);
    /// The next cell that may begin; it runs from now on. Null: none may.
    SharedRequest begin_next(Clock::Steady now);
    /// It does not run any more; nothing, if it did not.
    std::optional<Times> finish(const SharedRequest& request);
    /// None that waits will run. In their order.
    std::vector<SharedRequest> take_waiting();
    /// Those that run, in no order.
    std::vector<SharedRequest> running() const;

    /// Whether cells that do not say how they want to run form the chain. Those that wait may begin when they do not;
    /// when they do from now on, `caller`, who runs, is one of the chain: what comes next waits for it.
    void set_chained(bool chained, const SharedRequest& caller);
    bool chained() const { return chained_; }

    /// It runs.
    Clock::Steady begun_at(const SharedRequest& request) const { return running_.at(request).times.started_at; }
    bool runs(const SharedRequest& request) const { return running_.contains(request); }
    bool any_runs() const { return !running_.empty(); }
    std::size_t running_count() const { return running_.size(); }
    std::size_t waiting_count() const { return chain_.size() + beside_.size(); }
    /// Cells that are not done, but for one that runs.
    std::size_t backlog() const;

 private:
    struct Waiting {
        SharedRequest request;
        Clock::Steady queued_at;
    };
    struct Running {
        Times times;
        bool in_chain;
    };
    bool joins_chain(const SharedRequest& request) const;

    bool chained_;
    std::deque<Waiting> chain_;   // waits for the chain
    std::deque<Waiting> beside_;  // waits for nothing
    std::unordered_map<SharedRequest, Running> running_;
    std::size_t chain_running_ = 0;  // of running_, those in the chain
};

}  // namespace corncob::tenants
