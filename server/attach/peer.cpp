#include "server/attach/peer.hpp"

#include <sys/socket.h>

namespace corncob::server {

std::optional<uid_t> uid_of_peer(int socket) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
}

bool may_attach(uid_t peer, uid_t own) {
    return peer == own || peer == 0;
}

}  // namespace corncob::server
