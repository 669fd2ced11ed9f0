// Who is at the other end of a Unix socket. The system says it, so it cannot be pretended.
#pragma once

#include <optional>

#include <sys/types.h>

namespace corncob::server {

/// Of the process that has connected, or that listens; none: the system does not say.
std::optional<uid_t> uid_of_peer(int socket);

/// Both sides of an attach ask this: the other one must be of the same user, or root, who may do everything anyway.
bool may_attach(uid_t peer, uid_t own);

}  // namespace corncob::server
