#include "tenants/replay_ring.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace corncob::tenants {
namespace {
constexpr std::size_t kEntryBytes = 512;  // of an entry besides the text of its message
}

std::size_t ReplayRing::Entry::bytes() const {
    return message->message().size_bytes() + kEntryBytes;
}

void ReplayRing::add(Entry entry) {
    bytes_ += entry.bytes();
    if (entry.status) last_status_ = entry.position();
    const bool lasts = entry.answer || (entry.status && entry.client != 0);
    (lasts ? answers_ : outputs_).push_back(std::move(entry));
}

ReplayRing::Entries::iterator ReplayRing::drop(Entries& entries, Entries::iterator entry) {
    bytes_ -= entry->bytes();
    return entries.erase(entry);
}

std::optional<ReplayRing::Entry> ReplayRing::evict() {
    Entries& entries = outputs_.empty() ? answers_ : outputs_;
    if (entries.empty()) return std::nullopt;
    Entry oldest = entries.front();
    drop(entries, entries.begin());
    return oldest;
}

void ReplayRing::clear() {
    outputs_.clear();
    answers_.clear();
    bytes_ = 0;
}

std::vector<ReplayRing::Entry> ReplayRing::after(std::uint64_t position) const {
    std::vector<Entry> entries;
    std::merge(outputs_.begin(), outputs_.end(), answers_.begin(), answers_.end(), std::back_inserter(entries),
               [](const Entry& a, const Entry& b) { return a.position() < b.position(); });
    std::erase_if(entries, [position](const Entry& each) { return each.position() <= position; });
    return entries;
}

}  // namespace corncob::tenants
