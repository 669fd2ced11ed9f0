// The one CPython of the process: started once, never finalised.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "protocol/result.hpp"
#include "tenants/errc.hpp"

namespace corncob::tenants::interpreter {

struct RuntimeSettings {
    /// A virtual environment; kernels import from it. Must hold IPython.
    std::string python_prefix;
    /// Where kernels' history and cached cells are kept, a folder a tenant; empty: in memory.
    std::string state_dir{};
    /// For the operator: what does not work as it should, though cells run. Any thread, with the GIL held.
    std::function<void(const std::string& text)> warn = [](const std::string&) {};
    /// What nobody need know, as warn is called.
    std::function<void(const std::string& text)> debug = [](const std::string&) {};
    /// What is kept of a tenant's cells; the least recently used goes first.
    std::size_t cache_bytes_max = std::size_t{1} << 30;
};

/// Starts CPython on the calling thread and leaves it without the GIL. Call once, before any other thread of the
/// process runs Python. Fails, with what is missing where, if the environment cannot be used; the process can then
/// only report it and end.
///
/// There is no stop: threads that users' code started may run Python until the process ends, so the process ends with
/// _Exit (see server/main.cpp) and not with Py_Finalize.
Result<void> start_cpython(const RuntimeSettings& settings);

/// The environment to use: `configured` if given, else .venv beside the folder of the executable.
std::string find_python_prefix(const std::string& configured);

}  // namespace corncob::tenants::interpreter
