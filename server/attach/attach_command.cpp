#include "server/attach/attach_command.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace corncob::server {
namespace {

constexpr int kExitBadUsage = 2;

}  // namespace

std::optional<pid_t> parent_pid_of(const config::Environment& environment) {
    const auto found = environment.find("JPY_PARENT_PID");
    if (found == environment.end()) return std::nullopt;
    pid_t pid = 0;
    const std::string& text = found->second;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (read.ec != std::errc() || pid <= 0) return std::nullopt;
    return pid;
}

AttachCommand parse_attach(int argc, const char* const* argv, const config::Environment& environment, std::ostream& out,
                           std::ostream& err) {
    AttachCommand command;
    command.socket = config::default_attach_socket(config::default_runtime_dir(environment));
    command.parent_pid = parent_pid_of(environment);
    CLI::App app("Have the running daemon serve the five sockets of a connection file with a kernel of its own",
                 "corncob attach");
    app.add_option("-f", command.connection_file, "connection file; made if there is none")
        ->option_text("FILE")
        ->required();
    app.add_option("--mode", command.modes, "modes, joined by dashes (chained)")->option_text("MODE");
    std::vector<std::string> files;
    app.add_option("files", files, "ignored; jupyter run appends the files that it runs");
    app.add_option("--socket", command.socket, "where the daemon waits (" + command.socket + ")")->option_text("PATH");
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (!words.empty() && words.front() == "attach") words.erase(words.begin());
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        command.exit_code = app.exit(error, out, err) == 0 ? 0 : kExitBadUsage;
    }
    return command;
}

}  // namespace corncob::server
