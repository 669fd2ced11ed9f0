// The environment of the process: the only place that reads it, and what it sets in the configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "config/problem.hpp"

namespace corncob::config {

using Environment = std::map<std::string, std::string>;

/// The variables of this process. Call it while there is one thread.
Environment read_environment();

/// Sets every field whose variable (KG_PORT ...) is there. An empty variable counts as absent, as container
/// tools pass empty ones for what is not set; so an empty KG_AUTH_TOKEN does not switch authentication off.
void apply_environment(const Environment& environment, GatewayConfig& config, Report& report);

/// Where a program keeps what it would not lose: $XDG_STATE_HOME/corncob, else ~/.local/state/corncob; empty: there is
/// no home.
std::string default_state_dir(const Environment& environment);

/// Variables of Jupyter Kernel Gateway that are set and mean nothing here (KG_SEED_URI ...), for a notice to the
/// operator: a deployment that moves over should start, but not believe that they work.
std::vector<std::string> ignored_variables(const Environment& environment);

/// The file that $CORNCOB_CONFIG names, where no flag does; nothing: it names none.
std::optional<std::string> default_config_file(const Environment& environment);

/// The folder of `zmq.runtime_dir` where the configuration names none: where XDG has the sockets of a user's programs,
/// else one of the user's own below /tmp.
std::string default_runtime_dir(const Environment& environment);

/// The Unix socket of `corncob attach` below a runtime_dir.
std::string default_attach_socket(const std::string& runtime_dir);

}  // namespace corncob::config
