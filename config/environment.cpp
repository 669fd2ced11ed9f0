#include "config/environment.hpp"

#include <algorithm>
#include <string_view>

#include <unistd.h>

#include "config/fields.hpp"
#include "config/secret_files.hpp"

namespace corncob::config {

Environment read_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

void apply_environment(const Environment& environment, GatewayConfig& config, Report& report) {
    for (const auto& field : gateway_fields()) {
        if (field.traits.variable.empty()) continue;
        const auto found = environment.find(field.traits.variable);
        if (found == environment.end() || found->second.empty()) continue;
        const Origin origin{field.traits.variable};
        if (const auto complaint = assign(field, config, found->second)) report.add(origin, field.key, *complaint);
        report.set_origin(field.key, origin);
    }
}

std::string default_state_dir(const Environment& environment) {
    const auto absolute = [&](const char* variable) -> std::string {
        const auto found = environment.find(variable);
        return found != environment.end() && found->second.starts_with('/') ? found->second : "";
    };
    if (const std::string state = absolute("XDG_STATE_HOME"); !state.empty()) return state + "/corncob";
    if (const std::string home = absolute("HOME"); !home.empty()) return home + "/.local/state/corncob";
    return "";
}

std::vector<std::string> ignored_variables(const Environment& environment) {
    std::vector<std::string> ignored;
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("KG_") || value.empty()) continue;
        const auto& fields = gateway_fields();
        const bool known = std::any_of(fields.begin(), fields.end(),
                                       [&name = name](const auto& field) { return field.traits.variable == name; });
        const auto& secrets = secret_variables();
        const bool secret = std::any_of(secrets.begin(), secrets.end(),
                                        [&name = name](const auto& each) { return name == each + "_FILE"; });
        if (!known && !secret) ignored.push_back(name);
    }
    return ignored;
}

std::optional<std::string> default_config_file(const Environment& environment) {
    const auto found = environment.find("CORNCOB_CONFIG");
    if (found == environment.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

std::string default_runtime_dir(const Environment& environment) {
    const auto found = environment.find("XDG_RUNTIME_DIR");
    if (found != environment.end() && found->second.starts_with('/')) return found->second + "/corncob";
    return "/tmp/corncob-" + std::to_string(::geteuid());
}

std::string default_attach_socket(const std::string& runtime_dir) {
    return runtime_dir + "/corncob.sock";
}

}  // namespace corncob::config
