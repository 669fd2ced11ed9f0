// Kernelspecs on disk, where Jupyter's front ends look for them: written, listed, removed.
// https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "protocol/result.hpp"

namespace corncob::server {

enum class KernelspecErrc { no_place, bad_name, not_ours, not_writable };
template <class T>
using KernelspecResult = Result<T, KernelspecErrc>;  ///< failures are sentences for who typed the command

/// Which of the places: at most one of the flags, none means the user's.
struct KernelspecPlace {
    bool user = false;
    bool sys_prefix = false;  ///< of the active virtual environment
    std::string prefix;       ///< of an installation, as /usr/local
};

/// The folder that holds kernelspecs, by the environment's JUPYTER_DATA_DIR, XDG_DATA_HOME, HOME, VIRTUAL_ENV.
KernelspecResult<std::string> kernelspecs_folder(const KernelspecPlace& place, const config::Environment& environment);
/// All that may hold some: the user's, the active environment's, the system's.
std::vector<std::string> kernelspecs_folders(const config::Environment& environment);

struct KernelspecFile {
    std::string name;                ///< of the kernelspec; see kernelspec_name()
    std::vector<std::string> modes;  ///< sorted; none: chained
    std::string display_name;        ///< empty: the usual one
    std::string executable;          ///< of this program, absolute
    std::string python_prefix;       ///< empty: where the program finds it
    bool attach = false;             ///< it is a kernel of the running daemon
    std::string attach_socket{};     ///< of the daemon; empty: the usual one
};

/// "corncob", or "corncob-cache-multi-react-concurrent": with the modes in akernel's order.
std::string kernelspec_name(const std::vector<std::string>& modes);

/// Writes the kernelspec with its logos, in the place of an older one of ours, as a whole. Returns its folder.
KernelspecResult<std::string> install_kernelspec(const std::string& folder, const KernelspecFile& file);
/// Removes one that runs corncob, and no other. Returns the folder that it had.
KernelspecResult<std::string> uninstall_kernelspec(const std::string& folder, const std::string& name);
/// Names of those that run corncob, sorted.
std::vector<std::string> installed_kernelspecs(const std::string& folder);

}  // namespace corncob::server
