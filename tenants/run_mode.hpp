// How one cell is to run: with the others in turn, beside them, or on a thread of its own. Said by a tag of the cell or
// by its first line.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/message.hpp"

namespace corncob::tenants {

enum class RunMode : std::uint8_t {
    usual,   ///< not said: as the kernel's modes have it
    queue,   ///< after the cells before it
    task,    ///< at once, on the kernel's loop, beside what runs
    thread,  ///< at once, on a thread of its own
};

/// Of an execute_request: its tag `queue`, `task` or `thread` (metadata.tags), else its first line that is not
/// empty: "# task", "# queue", "# thread" or "# thread name=value ...", and nothing else on it: "# task 1: load the
/// data" is a comment.
RunMode run_mode_of(const protocol::Message& execute_request);

/// The word for it; "" for usual.
std::string_view run_mode_name(RunMode mode);

}  // namespace corncob::tenants
