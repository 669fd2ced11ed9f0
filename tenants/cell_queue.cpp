#include "tenants/cell_queue.hpp"

#include <algorithm>
#include <utility>

namespace corncob::tenants {

bool CellQueue::joins_chain(const SharedRequest& request) const {
    return request->run_mode == RunMode::queue || (request->run_mode == RunMode::usual && chained_);
}

void CellQueue::add(SharedRequest request, Clock::Steady now) {
    auto& line = joins_chain(request) ? chain_ : beside_;
    line.push_back({std::move(request), now});
}

SharedRequest CellQueue::begin_next(Clock::Steady now) {
    const bool in_chain = beside_.empty();
    auto& line = in_chain ? chain_ : beside_;
    if (line.empty() || (in_chain && chain_running_ > 0)) return nullptr;
    Waiting next = std::move(line.front());
    line.pop_front();
    if (in_chain) ++chain_running_;
    running_.emplace(next.request, Running{{next.queued_at, now}, in_chain});
    return std::move(next.request);
}

std::optional<CellQueue::Times> CellQueue::finish(const SharedRequest& request) {
    const auto found = running_.find(request);
    if (found == running_.end()) return std::nullopt;
    const Running done = found->second;
    running_.erase(found);
    if (done.in_chain) --chain_running_;
    return done.times;
}

std::vector<SharedRequest> CellQueue::take_waiting() {
    std::vector<SharedRequest> waiting;
    for (auto* line : {&beside_, &chain_}) {
        for (Waiting& cell : std::exchange(*line, {})) waiting.push_back(std::move(cell.request));
    }
    return waiting;
}

std::vector<SharedRequest> CellQueue::running() const {
    std::vector<SharedRequest> requests;
    requests.reserve(running_.size());
    for (const auto& [request, cell] : running_) requests.push_back(request);
    return requests;
}

void CellQueue::set_chained(bool chained, const SharedRequest& caller) {
    chained_ = chained;
    if (const auto found = running_.find(caller); chained && found != running_.end()) {
        if (!std::exchange(found->second.in_chain, true)) ++chain_running_;
    }
    if (chained) return;
    const auto stays = [this](const Waiting& cell) { return joins_chain(cell.request); };
    const auto freed = std::stable_partition(chain_.begin(), chain_.end(), stays);
    std::move(freed, chain_.end(), std::back_inserter(beside_));
    chain_.erase(freed, chain_.end());
}

std::size_t CellQueue::backlog() const {
    const std::size_t cells = waiting_count() + running_.size();
    return running_.empty() ? cells : cells - 1;
}

}  // namespace corncob::tenants
