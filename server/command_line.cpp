#include "server/command_line.hpp"

#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/fields.hpp"
#include "config/load.hpp"
#include "server/attach/attach_command.hpp"
#include "server/kernel_modes.hpp"
#include "server/kernelspec_commands.hpp"
#include "tenants/kernelspec.hpp"

namespace corncob::server {
namespace {

constexpr int kExitBadUsage = 2;
constexpr int kExitUnhealthy = 1;                   // of healthcheck: a container's health knows no other failure
constexpr const char* kLoneKernelspec = "corncob";  // of a kernel of its own process
constexpr std::size_t kQueuedCellsMax = 100'000;    // of a kernel of its own process: "run all" of any notebook

CommandLine finished(int exit_code) {
    return {.action = CommandLine::Action::exit, .exit_code = exit_code, .config = {}, .kernel = {}, .reload = {}};
}

CommandLine check_config(const std::string& path, std::ostream& out, std::ostream& err) {
    // The file alone: what this shell's environment says is no matter of the file.
    const auto loaded = config::load(path, {}, {});
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        config::print(err, *problems);
        return finished(kExitBadUsage);
    }
    out << path << ": ok\n";
    return finished(0);
}

config::Loaded load_to_serve(const std::optional<std::string>& path, const config::Environment& environment,
                             const config::Overrides& overrides) {
    auto loaded = config::load(path, environment, overrides);
    if (auto* settings = std::get_if<config::GatewayConfig>(&loaded)) {
        config::ZmqConfig& zmq = settings->zmq;
        if (zmq.runtime_dir.empty()) zmq.runtime_dir = config::default_runtime_dir(environment);
        if (zmq.attach_socket.empty()) zmq.attach_socket = config::default_attach_socket(zmq.runtime_dir);
    }
    return loaded;
}

CommandLine serve(std::optional<std::string> path, const config::Environment& environment,
                  const config::Overrides& overrides, std::ostream& err) {
    if (!path) path = config::default_config_file(environment);
    auto loaded = load_to_serve(path, environment, overrides);
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        config::print(err, *problems);
        return finished(kExitBadUsage);
    }
    for (const std::string& variable : config::ignored_variables(environment)) {
        err << variable << ": has no meaning for corncob; ignored\n";
    }
    return {.action = CommandLine::Action::serve,
            .exit_code = 0,
            .config = std::move(std::get<config::GatewayConfig>(loaded)),
            .kernel = {},
            .reload = [path, environment, overrides] { return load_to_serve(path, environment, overrides); }};
}

/// The same settings as serve(), so that it asks where that listens.
CommandLine healthcheck(std::optional<std::string> path, const config::Environment& environment,
                        const config::Overrides& overrides, bool ready, std::ostream& err) {
    if (!path) path = config::default_config_file(environment);
    auto loaded = config::load(path, environment, overrides);
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        config::print(err, *problems);
        return finished(kExitUnhealthy);
    }
    return {.action = CommandLine::Action::healthcheck,
            .exit_code = 0,
            .config = std::get<config::GatewayConfig>(std::move(loaded)),
            .kernel = {},
            .ready = ready,
            .reload = {}};
}

/// What a kernel needs of the daemon's settings; whoever runs one alone is its only tenant.
CommandLine kernel(KernelCommand command, const std::string& modes, const config::Environment& environment,
                   const config::Overrides& overrides, std::ostream& err) {
    const auto parsed = parse_modes(modes);
    if (!parsed) {
        err << "corncob: " << parsed.error().detail << '\n';
        return finished(kExitBadUsage);
    }
    auto loaded = config::load(std::nullopt, {}, overrides);
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        config::print(err, *problems);
        return finished(kExitBadUsage);
    }
    auto& settings = std::get<config::GatewayConfig>(loaded);
    if (settings.kernels.state_dir.empty()) settings.kernels.state_dir = config::default_state_dir(environment);
    settings.tenants.defaults.quotas.queued_cells_max = kQueuedCellsMax;
    auto& spec = settings.kernelspecs[kLoneKernelspec];
    spec.modes = *parsed;
    if (std::erase(spec.modes, tenants::kTrio) > 0) spec.loop = tenants::kTrio;
    settings.kernels.default_kernel_name = kLoneKernelspec;
    settings.kernels.prespawn_count = 0;                                  // there will be no second kernel
    if (!overrides.contains("--log-level")) settings.log.level = "warn";  // it writes into a front end's own log
    command.parent_pid = parent_pid_of(environment);
    return {.action = CommandLine::Action::kernel,
            .exit_code = 0,
            .config = std::move(settings),
            .kernel = std::move(command),
            .reload = {}};
}

/// The command as CLI11 sees it; the members are what parsing fills.
struct Parser {
    CLI::App app{"Corncob: many Jupyter kernels in one daemon", "corncob"};
    CLI::App* serve = app.add_subcommand("serve", "run the daemon");
    CLI::App* check_config = app.add_subcommand("check-config", "tell every problem of a configuration file");
    CLI::App* kernel = app.add_subcommand("kernel", "run one kernel on the sockets of a connection file");
    // For the list of commands: it is main() that hands over to the program of its own (server/attach/).
    CLI::App* attach = app.add_subcommand("attach", "have the running daemon serve a connection file");
    CLI::App* healthcheck = app.add_subcommand("healthcheck", "ask the running daemon whether it is well");
    KernelspecCommands kernelspecs{app};
    KernelCommand kernel_command;
    std::string kernel_modes;
    std::vector<std::string> kernel_files;
    std::optional<std::string> config_path;
    std::string checked_path;
    std::map<std::string, std::string> flag_texts;
    bool ready = false;

    Parser() {
        app.set_version_flag("--version", "corncob " CORNCOB_VERSION);
        app.require_subcommand(1);
        serve->add_option("--config", config_path, "YAML file")->option_text("FILE");
        add_settings(*serve, {});
        kernel->add_option("-f", kernel_command.connection_file, "connection file; made if there is none")
            ->option_text("FILE")
            ->required();
        kernel->add_option("--mode", kernel_modes, "modes, joined by dashes (chained)")->option_text("MODE");
        kernel->add_option("files", kernel_files, "ignored; jupyter run appends the files that it runs");
        add_settings(*kernel, {"--python-prefix", "--log-level"});
        healthcheck->add_option("--config", config_path, "YAML file, as of serve")->option_text("FILE");
        healthcheck->add_flag("--ready", ready, "whether it takes new work, too");
        add_settings(*healthcheck, {"--ip", "--port", "--base-url"});
        check_config->add_option("FILE", checked_path, "YAML file")->required();
    }

    /// The flags of the configuration, or those of them that are `chosen`.
    void add_settings(CLI::App& command, const std::set<std::string>& chosen) {
        for (const auto& field : config::gateway_fields()) {
            const std::string& flag = field.traits.flag;
            if (flag.empty() || (!chosen.empty() && !chosen.contains(flag))) continue;
            const std::string standard = config::value_text(field, config::GatewayConfig{});
            const std::string help = field.traits.help + (standard.empty() ? "" : " (" + standard + ")");
            command.add_option(flag, flag_texts[flag], help)->option_text("TEXT");
        }
    }

    /// Only the flags that were given; a default of CLI11's must not look like a wish.
    config::Overrides given(const CLI::App& command) const {
        config::Overrides overrides;
        for (const auto& [flag, text] : flag_texts) {
            const auto* option = command.get_option_no_throw(flag);
            if (option != nullptr && option->count() != 0) overrides.emplace(flag, text);
        }
        return overrides;
    }

    /// The first word, if nothing begins with it: CLI11 would only say that a command is missing.
    static std::optional<std::string> unknown_command(int argc, const char* const* argv) {
        if (argc < 2) return std::nullopt;
        for (const char* known : {"serve", "kernel", "attach", "healthcheck", "install", "uninstall", "list",
                                  "check-config", "--help", "-h", "--version"}) {
            if (std::string_view(argv[1]) == known) return std::nullopt;
        }
        return argv[1];
    }
};

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, const config::Environment& environment,
                               std::ostream& out, std::ostream& err) {
    Parser parser;
    if (const auto word = parser.unknown_command(argc, argv)) {
        err << "corncob: unknown command '" << *word
            << "'; there are serve, kernel, attach, healthcheck, install, uninstall, list and check-config (see "
               "corncob --help)\n";
        return finished(kExitBadUsage);
    }
    if (argc < 2) {
        err << parser.app.help();
        return finished(kExitBadUsage);
    }
    try {
        parser.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return finished(parser.app.exit(error, out, err) == 0 ? 0 : kExitBadUsage);
    }
    if (const auto exit_code = parser.kernelspecs.run(environment, out, err)) return finished(*exit_code);
    if (parser.check_config->parsed()) return check_config(parser.checked_path, out, err);
    if (parser.kernel->parsed()) {
        return kernel(parser.kernel_command, parser.kernel_modes, environment, parser.given(*parser.kernel), err);
    }
    if (parser.healthcheck->parsed()) {
        return healthcheck(parser.config_path, environment, parser.given(*parser.healthcheck), parser.ready, err);
    }
    return serve(parser.config_path, environment, parser.given(*parser.serve), err);
}

CommandLine parse_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    return parse_command_line(argc, argv, config::read_environment(), out, err);
}

}  // namespace corncob::server
