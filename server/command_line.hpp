// The command line: what the user wants, with the configuration loaded and checked.
#pragma once

#include <functional>
#include <iosfwd>

#include "config/environment.hpp"
#include "config/gateway_config.hpp"
#include "config/load.hpp"
#include "server/kernel_process.hpp"

namespace corncob::server {

struct CommandLine {
    enum class Action {
        serve,        ///< run the daemon with `config`
        kernel,       ///< run one kernel with `config` and `kernel`
        healthcheck,  ///< ask the daemon of `config` whether it is well
        exit,         ///< nothing left to do: end with `exit_code` (help, version, check-config, every error)
    };
    Action action = Action::exit;
    int exit_code = 0;             ///< 0, or 2 for bad flags and bad configuration
    config::GatewayConfig config;  ///< of serve, kernel and healthcheck: complete, valid; `token` only if one was given
    KernelCommand kernel{};        ///< of kernel
    bool ready = false;            ///< of healthcheck: whether it takes new work, too
    std::function<config::Loaded()> reload{};  ///< of serve: reads the configuration again
};

/// Answers go to `out`, problems to `err`, all of them at once. Takes the environment of the process; call it while
/// there is one thread.
CommandLine parse_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

/// The same with an environment of the caller's.
CommandLine parse_command_line(int argc, const char* const* argv, const config::Environment& environment,
                               std::ostream& out, std::ostream& err);

}  // namespace corncob::server
