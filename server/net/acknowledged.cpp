#include "server/net/acknowledged.hpp"

// The C library's own <netinet/tcp.h> ends before the fields that are wanted here.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace corncob::server {

std::uint64_t acknowledged_bytes(int descriptor) {
    tcp_info info{};
    socklen_t length = sizeof(info);
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
    return info.tcpi_bytes_acked;
}

std::uint64_t written_bytes(int descriptor) {
    std::uint64_t before = 0;
    std::uint64_t acknowledged = acknowledged_bytes(descriptor);
    int waiting = 0;
    do {  // what is acknowledged between the two questions would be missing
        before = acknowledged;
        waiting = 0;
        if (::ioctl(descriptor, SIOCOUTQ, &waiting) != 0) waiting = 0;
        acknowledged = acknowledged_bytes(descriptor);
    } while (acknowledged != before);
    return acknowledged + static_cast<std::uint64_t>(waiting);
}

}  // namespace corncob::server
