// Makes a kernel's outgoing messages: header with a fresh msg_id, the kernel's session, the date.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "protocol/wire/encoded_message.hpp"
#include "tenants/clock.hpp"

namespace corncob::tenants {

/// Thread-safe. msg_id is "{session}_{n}", unique within the kernel; n is the message's position, too.
class MessageFactory {
 public:
    explicit MessageFactory(const Clock& clock);

    /// `parent_header_json` is copied byte for byte from the request that caused this message ("{}": none).
    protocol::wire::SharedMessage make(protocol::Channel channel, protocol::MsgType type,
                                       const std::string& parent_header_json, std::string content_json,
                                       std::string metadata_json = "{}", std::vector<std::string> buffers = {});

 private:
    const Clock& clock_;
    const protocol::ClientSessionId session_;
    std::atomic<std::uint64_t> next_{1};
};

}  // namespace corncob::tenants
