// YAML -> structs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

constexpr std::size_t kFileBytesMax = 1048576;  ///< of a configuration file

/// Reads the file at `path` and sets in `config` what it says; everything unusable goes to `report`, under the
/// name `path`. Of a syntax error only the first can be told.
void read_yaml_file(const std::string& path, GatewayConfig& config, Report& report);

/// The same for YAML in memory; `name` stands for the file in problems. Tenants hold only the keys given for
/// them; inherit_tenant_defaults() completes them.
void read_yaml(std::string_view yaml, const std::string& name, GatewayConfig& config, Report& report);

/// Gives every named tenant, key by key, the default of what no layer has set for it. After all layers, as the
/// environment may change a default.
void inherit_tenant_defaults(GatewayConfig& config, const Report& report);

}  // namespace corncob::config
