// The messages of one kernel that some client may not have got yet, kept for when it comes back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "protocol/wire/encoded_message.hpp"

namespace corncob::tenants {

/// One of a kernel's clients, connected or dropped; 0: none.
using ClientNumber = std::uint64_t;

/// Not thread-safe. Holds at most `bytes_max`, but for what was added last: whoever adds evicts.
class ReplayRing {
 public:
    struct Entry {
        protocol::wire::SharedMessage message;
        /// Whom an answer is for; whose request a published message belongs to.
        ClientNumber client = 0;
        bool answer = false;  ///< for `client` alone
        bool status = false;  ///< busy or idle

        std::uint64_t position() const { return message->position(); }
        std::size_t bytes() const;
    };

    explicit ReplayRing(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    std::size_t bytes_max() const { return bytes_max_; }
    std::size_t bytes() const { return bytes_; }
    bool over() const { return bytes_ > bytes_max_; }

    /// Positions grow from call to call.
    void add(Entry entry);

    /// Drops from the oldest on what is not `needed(entry)`, as far as the first that is.
    template <class Needed>
    void trim(const Needed& needed) {
        for (auto* entries : {&outputs_, &answers_}) {
            while (!entries->empty() && !needed(entries->front())) drop(*entries, entries->begin());
        }
    }
    /// Drops all that is not needed, wherever it is.
    template <class Needed>
    void compact(const Needed& needed) {
        for (auto* entries : {&outputs_, &answers_}) {
            for (auto each = entries->begin(); each != entries->end();) {
                each = needed(*each) ? std::next(each) : drop(*entries, each);
            }
        }
    }
    /// Takes out the oldest output. Only when there is none, the oldest answer or status: without those, a front end
    /// waits for ever.
    std::optional<Entry> evict();
    void clear();

    /// What has come after `position`, in order.
    std::vector<Entry> after(std::uint64_t position) const;
    /// Of the newest busy or idle that was ever added.
    std::uint64_t last_status() const { return last_status_; }

 private:
    using Entries = std::list<Entry>;  // no memory when empty, and most are
    Entries::iterator drop(Entries& entries, Entries::iterator entry);

    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    Entries outputs_;
    Entries answers_;  // and each status of a client's request: few, and small
    std::uint64_t last_status_ = 0;
};

}  // namespace corncob::tenants
