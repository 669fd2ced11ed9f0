#include "tenants/shells.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/uuid.hpp"

namespace corncob::tenants {

using protocol::SubshellId;

Shells::Shells(bool chained) : chained_(chained) {
    shells_.emplace(SubshellId(), Shell{CellQueue(chained), {}});
}

std::optional<SubshellId> Shells::create(std::weak_ptr<MessageSink> maker, std::size_t subshells_max) {
    if (subshells_max != 0 && subshells().size() >= subshells_max) return std::nullopt;
    SubshellId id(protocol::make_uuid());
    shells_.emplace(id, Shell{CellQueue(chained_), std::move(maker)});
    return id;
}

std::optional<SubshellId> Shells::remove_orphan() {
    const auto orphan = std::find_if(shells_.begin(), shells_.end(), [](const auto& each) {
        const auto& [id, shell] = each;
        return !id.empty() && shell.maker.expired() && shell.cells.backlog() == 0 && !shell.cells.any_runs();
    });
    if (orphan == shells_.end()) return std::nullopt;
    SubshellId id = orphan->first;
    shells_.erase(orphan);
    return id;
}

std::optional<std::vector<SharedRequest>> Shells::remove(const SubshellId& id) {
    const auto found = shells_.find(id);
    if (id.empty() || found == shells_.end() || found->second.removed) return std::nullopt;
    auto waiting = found->second.cells.take_waiting();
    found->second.removed = true;
    if (!found->second.cells.any_runs()) shells_.erase(found);
    return waiting;
}

std::vector<SubshellId> Shells::subshells() const {
    std::vector<SubshellId> ids;
    for (const auto& [id, shell] : shells_) {
        if (!id.empty() && !shell.removed) ids.push_back(id);
    }
    return ids;
}

bool Shells::contains(const SubshellId& id) const {
    const auto found = shells_.find(id);
    return found != shells_.end() && !found->second.removed;
}

Shells::Shell* Shells::shell_of(const SharedRequest& cell) {
    const auto found = shells_.find(cell->message.header.subshell_id);
    return found == shells_.end() ? nullptr : &found->second;
}

void Shells::add(SharedRequest cell, Clock::Steady now) {
    Shell* const shell = shell_of(cell);
    shell->cells.add(std::move(cell), now);
}

SharedRequest Shells::begin_next(Clock::Steady now) {
    for (auto& [id, shell] : shells_) {
        if (auto cell = shell.cells.begin_next(now)) return cell;
    }
    return nullptr;
}

std::optional<CellQueue::Times> Shells::finish(const SharedRequest& cell) {
    Shell* const shell = shell_of(cell);
    if (shell == nullptr) return std::nullopt;
    const auto times = shell->cells.finish(cell);
    if (shell->removed && !shell->cells.any_runs()) shells_.erase(cell->message.header.subshell_id);
    return times;
}

std::vector<SharedRequest> Shells::take_waiting_with(const SharedRequest& cell) {
    Shell* const shell = shell_of(cell);
    return shell == nullptr ? std::vector<SharedRequest>() : shell->cells.take_waiting();
}

std::vector<SharedRequest> Shells::take_waiting() {
    std::vector<SharedRequest> all;
    for (auto& [id, shell] : shells_) {
        auto waiting = shell.cells.take_waiting();
        std::move(waiting.begin(), waiting.end(), std::back_inserter(all));
    }
    return all;
}

void Shells::set_chained(bool chained, const SharedRequest& caller) {
    chained_ = chained;
    for (auto& [id, shell] : shells_) shell.cells.set_chained(chained, caller);
}

std::vector<SharedRequest> Shells::running() const {
    std::vector<SharedRequest> all;
    for (const auto& [id, shell] : shells_) {
        auto running = shell.cells.running();
        std::move(running.begin(), running.end(), std::back_inserter(all));
    }
    return all;
}

Shells::Begun Shells::first_begun() const {
    Begun first{nullptr, Clock::Steady::max()};
    for (const auto& [id, shell] : shells_) {
        for (const SharedRequest& cell : shell.cells.running()) {
            const auto at = shell.cells.begun_at(cell);
            if (at < first.at) first = {cell, at};
        }
    }
    return first;
}

bool Shells::runs(const SharedRequest& cell) const {
    return std::any_of(shells_.begin(), shells_.end(), [&](const auto& each) { return each.second.cells.runs(cell); });
}

bool Shells::any_runs() const {
    return std::any_of(shells_.begin(), shells_.end(), [](const auto& each) { return each.second.cells.any_runs(); });
}

Shells::Counts Shells::counts() const {
    Counts counts;
    for (const auto& [id, shell] : shells_) {
        counts.running += shell.cells.running_count();
        counts.waiting += shell.cells.waiting_count();
    }
    return counts;
}

std::size_t Shells::backlog() const {
    std::size_t cells = 0;
    for (const auto& [id, shell] : shells_) cells += shell.cells.backlog();
    return cells;
}

}  // namespace corncob::tenants
