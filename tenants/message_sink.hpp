// Where a kernel's messages go: one of the two interfaces through which answers come up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/wire/encoded_message.hpp"

namespace corncob::tenants {

/// A client of one kernel. Implemented by a door (server/), called by a kernel from any thread, in the order in
/// which the kernel made the messages. Must not block, throw, or call back into the kernel.
class MessageSink {
 public:
    virtual ~MessageSink() = default;

    virtual void deliver(protocol::wire::SharedMessage message) = 0;

    /// The position of the newest delivered message that has certainly reached the client, with all before it.
    virtual std::uint64_t confirmed() = 0;

    /// So much waits for this client to read that those who write should wait, too. Once it is no longer so, the sink
    /// calls Kernel::review_backlog(), from a thread of its own.
    virtual bool congested() const { return false; }

    /// The kernel is gone for good; nothing is delivered afterwards.
    virtual void kernel_ended() = 0;

    /// How many clients it stands for, in the `connections` of the kernel's model. Must not block.
    virtual std::size_t connections() const { return 1; }
};

}  // namespace corncob::tenants
