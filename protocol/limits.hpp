// Hard caps of the wire formats, whatever the configuration says.
#pragma once

#include <cstddef>

namespace corncob::protocol {

inline constexpr std::size_t kPartsMax = 1024;         ///< parts of one frame, channel and buffers included
inline constexpr std::size_t kIdentitiesMax = 16;      ///< routing frames in front of one ZMQ message
inline constexpr std::size_t kSignaturesMax = 65536;   ///< remembered, to know a replayed ZMQ message
inline constexpr std::size_t kHeaderBytesMax = 65536;  ///< bytes of one message header
inline constexpr std::size_t kIdBytesMax = 256;        ///< bytes of msg_id, session, subshell_id, and of a kernel_id
inline constexpr std::size_t kJsonDepthMax = 512;      ///< nesting of objects and arrays in one part

static_assert(kIdBytesMax < kHeaderBytesMax, "a header holds three ids and more");

}  // namespace corncob::protocol
