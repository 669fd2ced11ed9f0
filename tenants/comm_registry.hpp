// Which comms a kernel has open, learnt from the comm messages that pass by, so that comm_info_request is answered
// without Python.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "protocol/msg_type.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kCommsMax = 100000;  ///< of one kernel; further ones work, but are not listed

/// Not thread-safe: guarded by its kernel's mutex.
class CommRegistry {
 public:
    /// Takes note of comm_open and comm_close, whoever sent them; other types and broken contents are ignored.
    void note(protocol::MsgType type, std::string_view content_json);

    /// Content of a comm_info_reply; `request_content_json` may name a target_name to filter by.
    std::string comm_info(std::string_view request_content_json) const;

    void clear() { targets_.clear(); }
    std::size_t size() const { return targets_.size(); }

 private:
    std::map<std::string, std::string> targets_;  // comm_id -> target_name
};

}  // namespace corncob::tenants
