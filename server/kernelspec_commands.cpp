#include "server/kernelspec_commands.hpp"

#include <filesystem>
#include <ostream>
#include <system_error>

#include "server/attach/attach_command.hpp"
#include "server/kernel_modes.hpp"

namespace corncob::server {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadUsage = 2;

int failed(std::ostream& err, const std::string& sentence, int exit_code = kExitFailed) {
    err << "corncob: " << sentence << '\n';
    return exit_code;
}

}  // namespace

KernelspecCommands::KernelspecCommands(CLI::App& app)
    : install_(app.add_subcommand("install", "write a kernelspec, so that Jupyter's front ends offer this kernel")),
      uninstall_(app.add_subcommand("uninstall", "remove a kernelspec that install has written")),
      list_(app.add_subcommand("list", "the kernelspecs that run corncob, and where they are")) {
    for (CLI::App* command : {install_, uninstall_}) {
        command->add_option("MODE", modes_, "modes, joined by dashes (chained)");
        command->add_option("--name", name_, "of the kernelspec (corncob, or corncob-MODE)")->option_text("NAME");
        add_place(*command);
    }
    install_->add_option("--display-name", display_name_, "what front ends show")->option_text("TEXT");
    install_->add_option("--python-prefix", python_prefix_, "virtual environment that kernels import from")
        ->option_text("DIR");
    install_->add_flag("--attach", attach_, "kernels of the running daemon, not processes of their own");
    install_->add_option("--socket", socket_, "where that daemon waits, if not at the usual place")
        ->option_text("PATH");
}

void KernelspecCommands::add_place(CLI::App& command) {
    command.add_flag("--user", place_.user, "for this user; so it is if no place is named");
    command.add_flag("--sys-prefix", place_.sys_prefix, "in the active virtual environment");
    command.add_option("--prefix", place_.prefix, "below this folder")->option_text("DIR");
}

std::optional<int> KernelspecCommands::run(const config::Environment& environment, std::ostream& out,
                                           std::ostream& err) const {
    if (install_->parsed()) return install(environment, out, err);
    if (uninstall_->parsed()) return uninstall(environment, out, err);
    if (list_->parsed()) return list(environment, out);
    return std::nullopt;
}

int KernelspecCommands::install(const config::Environment& environment, std::ostream& out, std::ostream& err) const {
    const auto modes = parse_modes(modes_);
    if (!modes) return failed(err, modes.error().detail, kExitBadUsage);
    const auto folder = kernelspecs_folder(place_, environment);
    if (!folder) return failed(err, folder.error().detail, kExitBadUsage);
    if (attach_ && !python_prefix_.empty()) {
        return failed(err, "--python-prefix: what the kernels of the daemon import is the daemon's setting",
                      kExitBadUsage);
    }
    if (!attach_ && !socket_.empty()) return failed(err, "--socket goes with --attach", kExitBadUsage);
    std::error_code error;
    auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return failed(err, "cannot find out where this program is: " + error.message());
    if (attach_) executable.replace_filename(kAttachProgram);
    const auto absolute = [](const std::string& path) {
        return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
    };
    const auto installed = install_kernelspec(*folder, {.name = name_.empty() ? kernelspec_name(*modes) : name_,
                                                        .modes = *modes,
                                                        .display_name = display_name_,
                                                        .executable = executable.string(),
                                                        .python_prefix = absolute(python_prefix_),
                                                        .attach = attach_,
                                                        .attach_socket = absolute(socket_)});
    if (!installed) return failed(err, installed.error().detail);
    out << "installed " << *installed << '\n';
    return 0;
}

int KernelspecCommands::uninstall(const config::Environment& environment, std::ostream& out, std::ostream& err) const {
    const auto modes = parse_modes(modes_);
    if (!modes) return failed(err, modes.error().detail, kExitBadUsage);
    const auto folder = kernelspecs_folder(place_, environment);
    if (!folder) return failed(err, folder.error().detail, kExitBadUsage);
    const auto removed = uninstall_kernelspec(*folder, name_.empty() ? kernelspec_name(*modes) : name_);
    if (!removed) return failed(err, removed.error().detail);
    out << "removed " << *removed << '\n';
    return 0;
}

int KernelspecCommands::list(const config::Environment& environment, std::ostream& out) {
    for (const std::string& folder : kernelspecs_folders(environment)) {
        for (const std::string& name : installed_kernelspecs(folder))
            out << name << "  " << folder << '/' << name << '\n';
    }
    return 0;
}

}  // namespace corncob::server
