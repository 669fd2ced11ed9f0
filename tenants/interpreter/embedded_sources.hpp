// The Python files of this folder, compiled into the daemon (embed.py).
#pragma once

#include <span>
#include <string_view>

namespace corncob::tenants::interpreter {

struct EmbeddedSource {
    std::string_view name;  ///< module name, e.g. "corncob_kernel.shell"
    std::string_view text;  ///< ends with a NUL that is not counted
};

std::span<const EmbeddedSource> embedded_sources();

}  // namespace corncob::tenants::interpreter
