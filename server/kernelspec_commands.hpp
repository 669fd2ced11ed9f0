// corncob install, uninstall, list: the command line of kernelspec_files.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "config/environment.hpp"
#include "server/kernelspec_files.hpp"

namespace corncob::server {

class KernelspecCommands {
 public:
    /// Adds the commands to `app`, which must not outlive this.
    explicit KernelspecCommands(CLI::App& app);
    KernelspecCommands(const KernelspecCommands&) = delete;
    KernelspecCommands& operator=(const KernelspecCommands&) = delete;

    /// What was asked for, after parsing: the exit code, or nothing if it was none of these commands.
    std::optional<int> run(const config::Environment& environment, std::ostream& out, std::ostream& err) const;

 private:
    void add_place(CLI::App& command);
    int install(const config::Environment& environment, std::ostream& out, std::ostream& err) const;
    int uninstall(const config::Environment& environment, std::ostream& out, std::ostream& err) const;
    static int list(const config::Environment& environment, std::ostream& out);

    CLI::App* install_;
    CLI::App* uninstall_;
    CLI::App* list_;
    KernelspecPlace place_;
    std::string modes_;
    std::string name_;
    std::string display_name_;
    std::string python_prefix_;
    bool attach_ = false;
    std::string socket_;
};

}  // namespace corncob::server
