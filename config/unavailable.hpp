// What the configuration can say and this version cannot do. Refused in plain words, because a setting that is
// silently ignored is worse than none.
#pragma once

#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

/// Adds a problem for every wish that cannot be granted. Whoever builds the feature deletes its refusal here.
void refuse_unavailable(const GatewayConfig& config, Report& report);

}  // namespace corncob::config
