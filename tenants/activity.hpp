// What counts as use of a kernel: last_activity, and with it idle culling, go by this.
#pragma once

#include "protocol/msg_type.hpp"

namespace corncob::tenants {

/// False for the types that jupyter_server does not track by default (MappingKernelManager.untracked_message_types):
/// front ends send them without their user's doing, or a kernel publishes them in answer to something that counts
/// itself.
bool is_tracked(protocol::MsgType type);

}  // namespace corncob::tenants
