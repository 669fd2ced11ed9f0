// What the configuration can say and this version cannot do. Refused in plain words, because a setting that is
// silently ignored is worse than none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

/// Of the words for modes (kernelspecs.<name>.modes, and `trio`), those that this version knows to do.
const std::vector<std::string>& available_modes();
bool is_available_mode(std::string_view mode);

/// Adds a problem for every wish that cannot be granted. Whoever builds the feature deletes its refusal here.
void refuse_unavailable(const GatewayConfig& config, Report& report);

}  // namespace corncob::config
