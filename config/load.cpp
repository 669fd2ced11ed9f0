#include "config/load.hpp"

#include "config/fields.hpp"
#include "config/hub_environment.hpp"
#include "config/secret_files.hpp"
#include "config/unavailable.hpp"
#include "config/validation.hpp"
#include "config/yaml_file.hpp"

namespace corncob::config {
namespace {

constexpr const char* kTokenFile = "KG_AUTH_TOKEN_FILE";

void apply_overrides(const Overrides& overrides, GatewayConfig& config, Report& report) {
    for (const auto& [flag, text] : overrides) {
        bool is_known = false;
        for (const auto& field : gateway_fields()) {
            if (field.traits.flag != flag) continue;
            is_known = true;
            if (const auto complaint = assign(field, config, text)) report.add({flag}, field.key, *complaint);
            report.set_origin(field.key, {flag});
        }
        if (!is_known) report.add({flag}, "", "sets nothing");
    }
}

}  // namespace

Loaded load(const std::optional<std::string>& path, const Environment& given, const Overrides& overrides) {
    GatewayConfig config;
    Report report;
    const Environment environment = with_secret_files(given, report);
    const auto token_file = given.find(kTokenFile);
    config.token_is_secret = token_file != given.end() && !token_file->second.empty();
    if (path) read_yaml_file(*path, config, report);
    apply_environment(environment, config, report);
    apply_overrides(overrides, config, report);
    apply_hub_environment(environment, config, report);
    inherit_tenant_defaults(config, report);
    normalize(config);
    if (config.kernels.state_dir.empty()) config.kernels.state_dir = default_state_dir(environment);
    validate(config, report);
    refuse_unavailable(config, report);
    if (!report.empty()) return report.sorted();
    return config;
}

}  // namespace corncob::config
