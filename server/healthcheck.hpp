// `corncob healthcheck`: asks the running daemon of the same configuration whether it is well, as a container's
// HEALTHCHECK does.
#pragma once

#include <chrono>
#include <iosfwd>

#include "config/gateway_config.hpp"

namespace corncob::server {

/// For all of it; a container's own limit must be longer.
inline constexpr std::chrono::milliseconds kHealthcheckTimeout{4'000};

/// One line, to `out` if it is well and else to `err`; 0 or 1, the exit status. `ready`: ask whether it takes new work
/// (/readyz), not only whether it lives (/healthz). Blocks.
int healthcheck(const config::GatewayConfig& config, bool ready, std::ostream& out, std::ostream& err,
                std::chrono::milliseconds timeout = kHealthcheckTimeout);

}  // namespace corncob::server
