// With which code a WebSocket is closed, and why. Front ends decide by the code whether they come back: JupyterLab does
// not after 1000 and 1001, and does after every other one.
#pragma once

#include <optional>

#include <boost/beast/websocket/rfc6455.hpp>

#include "protocol/errc.hpp"

namespace corncob::server {

namespace websocket = boost::beast::websocket;

inline constexpr const char* kKernelEnded = "kernel ended";        ///< 1000: there is nothing to come back to
inline constexpr const char* kReplaced = "replaced";               ///< 1000: the same client has connected again
inline constexpr const char* kServiceRestart = "service restart";  ///< 1012: come back later

/// For a frame that cannot be decoded. Nothing: only this message is useless, the connection goes on.
std::optional<websocket::close_reason> close_reason_of(const protocol::Failure& failure);

}  // namespace corncob::server
