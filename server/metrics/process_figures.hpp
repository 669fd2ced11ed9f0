// What the system says of this process.
#pragma once

#include <cstddef>
#include <optional>

namespace corncob::server {

struct ProcessFigures {
    double cpu_seconds = 0;
    std::size_t resident_bytes = 0;
    std::size_t virtual_bytes = 0;
    std::size_t threads = 0;
    std::size_t open_fds = 0;
    std::optional<std::size_t> max_fds;  ///< nothing: no limit
};

/// Reads /proc: not on an IO thread. Zeros where it cannot.
ProcessFigures process_figures();

}  // namespace corncob::server
