// Command line over environment over file over default: the one way to a GatewayConfig.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/environment.hpp"
#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

/// What the command line sets: a flag of the field table ("--port") and the text given with it.
using Overrides = std::map<std::string, std::string>;

using Loaded = std::variant<GatewayConfig, std::vector<Problem>>;

/// A configuration that holds every rule and asks for nothing that this version cannot do, or all that is wrong with
/// it at once (never an empty vector). Reads the file, nothing else; `path` is also the name shown in problems.
Loaded load(const std::optional<std::string>& path, const Environment& environment, const Overrides& overrides);

}  // namespace corncob::config
