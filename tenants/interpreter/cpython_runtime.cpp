#include "tenants/interpreter/cpython_runtime.hpp"

#include <pybind11/embed.h>

#include <malloc.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include "tenants/interpreter/cpython_port.hpp"
#include "tenants/interpreter/embedded_sources.hpp"

namespace corncob::tenants::interpreter {
namespace {

namespace py = pybind11;

Failure failed(const std::string& what) {
    return Failure{Errc::host_failed, what};
}

std::string message_of(PyStatus status) {
    return std::string(status.func ? status.func : "CPython") + ": " + (status.err_msg ? status.err_msg : "failed");
}

/// What CPython sees to where the signals are its own: to write where nobody reads, or beyond a limit, is an error of
/// the code that does it, not the end of the process.
void ignore_signals_of_writes() {
    for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
}

Result<void> initialise(const std::string& executable) {
    if (PyImport_AppendInittab("corncob_port", &PyInit_corncob_port) != 0)
        return failed("no memory for a built-in module");
    ignore_signals_of_writes();
    PyPreConfig preconfig;
    PyPreConfig_InitPythonConfig(&preconfig);
    preconfig.parse_argv = 0;
    preconfig.use_environment = 0;
    preconfig.utf8_mode = 1;
    // glibc's allocator gives the memory of ended kernels back (malloc_trim); CPython's own keeps a whole MiB for as
    // long as one small object in it lives, and 500 ended kernels leave such objects everywhere. Two arenas: more
    // threads than that never allocate at once, and fewer arenas mean fewer holes.
    preconfig.allocator = PYMEM_ALLOCATOR_MALLOC;
    ::mallopt(M_ARENA_MAX, 2);  // NOLINT(concurrency-mt-unsafe): no thread yet
    PyStatus status = Py_PreInitialize(&preconfig);
    if (PyStatus_Exception(status)) return failed(message_of(status));
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;  // SIGINT and SIGTERM are the daemon's
    config.parse_argv = 0;
    config.use_environment = 0;  // PYTHONPATH of whoever starts the daemon is not the kernels'
    config.user_site_directory = 0;
    config.write_bytecode = 0;
    // As if this executable were the environment's python: site then finds pyvenv.cfg beside it.
    status = PyConfig_SetBytesString(&config, &config.program_name, executable.c_str());
    if (!PyStatus_Exception(status)) {
        status = PyConfig_SetBytesString(&config, &config.executable, executable.c_str());
    }
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) return failed(message_of(status));
    return {};
}

void import_embedded_package() {
    py::dict sources;
    for (const EmbeddedSource& source : embedded_sources()) {
        if (source.name != "bootstrap") sources[py::str(source.name)] = py::str(source.text);
    }
    py::dict globals;
    globals["SOURCES"] = sources;
    globals["__builtins__"] = py::module_::import("builtins");
    for (const EmbeddedSource& source : embedded_sources()) {
        if (source.name == "bootstrap") py::exec(source.text.data(), globals);
    }
}

}  // namespace

std::string find_python_prefix(const std::string& configured) {
    namespace fs = std::filesystem;
    if (!configured.empty()) return configured;
    std::error_code error;
    const fs::path executable = fs::read_symlink("/proc/self/exe", error);
    for (fs::path folder = executable.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
        if (fs::exists(folder / ".venv" / "pyvenv.cfg", error)) return (folder / ".venv").string();
    }
    return (executable.parent_path() / ".venv").string();
}

Result<void> start_cpython(const RuntimeSettings& settings) {
    const std::string executable = settings.python_prefix + "/bin/python3";
    std::error_code error;
    if (!std::filesystem::exists(executable, error)) {
        return failed("no Python environment at " + settings.python_prefix +
                      " (there is no bin/python3); name one with --python-prefix");
    }
    if (auto started = initialise(executable); !started) return started;
    Result<void> result;
    try {
        import_embedded_package();
        py::module_::import("corncob_port").attr("warn") = py::cpp_function(settings.warn);
        py::module_::import("corncob_port").attr("debug") = py::cpp_function(settings.debug);
        py::module_::import("corncob_kernel.runtime").attr("start")(settings.state_dir, settings.cache_bytes_max);
    } catch (const std::exception& problem) {
        result =
            failed("the Python environment at " + settings.python_prefix + " cannot run kernels: " + problem.what());
    }
    PyEval_SaveThread();
    return result;
}

}  // namespace corncob::tenants::interpreter
