// A map that forgets: what is older than its time, and beyond a number of entries the one used longest ago.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "tenants/clock.hpp"

namespace corncob::server {

/// Not thread-safe. Looking at an entry counts as using it, but does not prolong its life.
template <class Key, class Value, class Hash = std::hash<Key>>
class ExpiringMap {
 public:
    using Moment = tenants::Clock::Steady;

    explicit ExpiringMap(std::size_t entries_max) : entries_max_(entries_max) {}

    /// Replaces what is there. One that has expired is not put in.
    void put(const Key& key, Value value, Moment now, Moment expires) {
        erase(key);
        if (expires <= now) return;
        if (entries_.size() >= entries_max_) erase(entries_.front().key);
        entries_.push_back({key, std::move(value), expires});
        by_key_.emplace(key, std::prev(entries_.end()));
    }

    std::optional<Value> find(const Key& key, Moment now) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return std::nullopt;
        if (found->second->expires <= now) {
            erase(key);
            return std::nullopt;
        }
        entries_.splice(entries_.end(), entries_, found->second);
        return found->second->value;
    }

    /// The entry, which is gone afterwards.
    std::optional<Value> take(const Key& key, Moment now) {
        auto value = find(key, now);
        erase(key);
        return value;
    }

    void erase(const Key& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return;
        const auto entry = found->second;
        by_key_.erase(found);  // `key` may be the entry's own
        entries_.erase(entry);
    }

    void clear() {
        by_key_.clear();
        entries_.clear();
    }

    std::size_t size() const { return entries_.size(); }

 private:
    struct Entry {
        Key key;
        Value value;
        Moment expires;
    };
    const std::size_t entries_max_;
    std::list<Entry> entries_;  // the one used last at the end
    std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> by_key_;
};

}  // namespace corncob::server
