// Messages on their way from the kernels' threads to the reactor's: one bounded queue an endpoint.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "protocol/wire/encoded_message.hpp"

namespace corncob::server {

struct ZmqOutgoing {
    protocol::wire::SharedMessage message;
    protocol::Channel channel{};                           ///< the socket; a shutdown_reply also goes out on iopub
    std::shared_ptr<const std::vector<std::string>> head;  ///< identities, or the topic
};

inline constexpr std::size_t kGapsMax = 100;

/// Thread-safe. push() never waits: where an eighth of `bytes_max` waits, the outbox is congested, and whoever fills it
/// should wait (tenants/message_sink.hpp). Should so much come all the same that `bytes_max` is reached, what cells
/// print and display is dropped, and the gap is counted for whoever reads; replies, status, results, errors, requests
/// for input and comm messages always pass.
class ZmqOutbox {
 public:
    /// `wake` is called when the queue is no longer empty, once until the next take(); with no lock held.
    /// The bytes that wait are added to `total`, which several outboxes share.
    ZmqOutbox(std::size_t bytes_max, std::function<void()> wake,
              std::shared_ptr<std::atomic<std::size_t>> total = std::make_shared<std::atomic<std::size_t>>(0))
        : bytes_max_(bytes_max), wake_(std::move(wake)), total_(std::move(total)) {}
    ~ZmqOutbox() { close(); }
    ZmqOutbox(const ZmqOutbox&) = delete;
    ZmqOutbox& operator=(const ZmqOutbox&) = delete;

    void push(ZmqOutgoing outgoing);

    /// Messages about one request that were dropped one after another.
    struct Gap {
        std::size_t dropped = 0;
        protocol::wire::SharedMessage last;
    };
    struct Batch {
        std::deque<ZmqOutgoing> messages;
        std::vector<Gap> gaps;  ///< since the last take(); at most kGapsMax, the last one takes up what is beyond
        bool relieved = false;  ///< it was congested, and by being taken is so no longer
    };
    Batch take();
    /// What could not be sent yet, to be taken again before all that has come since. Does not wake anybody.
    void put_back(std::deque<ZmqOutgoing> messages);

    /// Whatever is pushed from now on goes nowhere.
    void close();
    std::size_t queued_bytes() const;
    bool congested() const { return congested_.load(std::memory_order_acquire); }

 private:
    void note_dropped(protocol::wire::SharedMessage message);

    const std::size_t bytes_max_;
    const std::function<void()> wake_;
    const std::shared_ptr<std::atomic<std::size_t>> total_;
    mutable std::mutex mutex_;
    Batch waiting_;
    std::size_t queued_bytes_ = 0;
    std::atomic<bool> congested_{false};  // changed under the mutex
    bool woken_ = false;
    bool closed_ = false;
};

}  // namespace corncob::server
