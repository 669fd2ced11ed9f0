// The command line of `corncob attach`.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "config/environment.hpp"

namespace corncob::server {

/// Beside the daemon's own, in the same folder.
inline constexpr const char* kAttachProgram = "corncob-attach";

struct AttachCommand {
    std::string connection_file;
    std::string modes;                  ///< dash-joined; the daemon knows which there are
    std::string socket;                 ///< where the daemon waits
    std::optional<pid_t> parent_pid{};  ///< who has started it (JPY_PARENT_PID): its end is ours
    std::optional<int> exit_code{};     ///< there is nothing left to do: help, or bad usage
};

/// `argv` begins with the program's name and the word attach, which may be left out.
AttachCommand parse_attach(int argc, const char* const* argv, const config::Environment& environment, std::ostream& out,
                           std::ostream& err);

/// JPY_PARENT_PID, if it is one.
std::optional<pid_t> parent_pid_of(const config::Environment& environment);

}  // namespace corncob::server
