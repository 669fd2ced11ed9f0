// How much of what was written to a TCP connection has arrived at its other end.
#pragma once

#include <cstdint>

namespace corncob::server {

/// Bytes of a socket that its peer has acknowledged, also when it has been reset since. 0 if it is no TCP socket.
std::uint64_t acknowledged_bytes(int descriptor);

/// Bytes that were ever given to the socket.
std::uint64_t written_bytes(int descriptor);

}  // namespace corncob::server
