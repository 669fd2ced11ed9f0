#include "server/command_line.hpp"

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/fields.hpp"
#include "config/load.hpp"

namespace corncob::server {
namespace {

constexpr int kExitBadUsage = 2;

CommandLine finished(int exit_code) {
    return {.action = CommandLine::Action::exit, .exit_code = exit_code, .config = {}};
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

CommandLine serve(const std::optional<std::string>& path, const config::Environment& environment,
                  const config::Overrides& overrides, std::ostream& err) {
    auto loaded = config::load(path, environment, overrides);
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
        config::print(err, *problems);
        return finished(kExitBadUsage);
    }
    for (const std::string& variable : config::ignored_variables(environment)) {
        err << variable << ": has no meaning for corncob; ignored\n";
    }
    return {.action = CommandLine::Action::serve,
            .exit_code = 0,
            .config = std::get<config::GatewayConfig>(std::move(loaded))};
}

/// The command as CLI11 sees it; the members are what parsing fills.
struct Parser {
    CLI::App app{"Corncob: many Jupyter kernels in one daemon", "corncob"};
    CLI::App* serve = app.add_subcommand("serve", "run the daemon");
    CLI::App* check_config = app.add_subcommand("check-config", "tell every problem of a configuration file");
    std::optional<std::string> config_path;
    std::string checked_path;
    std::map<std::string, std::string> flag_texts;

    Parser() {
        app.set_version_flag("--version", "corncob " CORNCOB_VERSION);
        app.require_subcommand(1);
        serve->add_option("--config", config_path, "YAML file")->option_text("FILE");
        for (const auto& field : config::gateway_fields()) {
            if (field.traits.flag.empty()) continue;
            const std::string standard = config::value_text(field, config::GatewayConfig{});
            const std::string help = field.traits.help + (standard.empty() ? "" : " (" + standard + ")");
            serve->add_option(field.traits.flag, flag_texts[field.traits.flag], help)->option_text("TEXT");
        }
        check_config->add_option("FILE", checked_path, "YAML file")->required();
    }

    /// Only the flags that were given; a default of CLI11's must not look like a wish.
    config::Overrides given() const {
        config::Overrides overrides;
        for (const auto& [flag, text] : flag_texts) {
            if (serve->get_option(flag)->count() != 0) overrides.emplace(flag, text);
        }
        return overrides;
    }

    /// The first word, if nothing begins with it: CLI11 would only say that a command is missing.
    static std::optional<std::string> unknown_command(int argc, const char* const* argv) {
        if (argc < 2) return std::nullopt;
        for (const char* known : {"serve", "check-config", "--help", "-h", "--version"}) {
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
        err << "corncob: unknown command '" << *word << "'; there are serve and check-config (see corncob --help)\n";
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
    if (parser.check_config->parsed()) return check_config(parser.checked_path, out, err);
    return serve(parser.config_path, environment, parser.given(), err);
}

CommandLine parse_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    return parse_command_line(argc, argv, config::read_environment(), out, err);
}

}  // namespace corncob::server
