// A configuration file: whatever it holds, there is a configuration or a list of problems.
#include "config/load.hpp"
#include "config/text.hpp"
#include "config/yaml_file.hpp"
#include "protocol/json_text.hpp"
#include "tests/fuzz/target.hpp"

namespace corncob::fuzz {

bool try_input(std::string_view input) {
    config::GatewayConfig read;
    config::Report report;
    config::read_yaml(input, "fuzz.yaml", read, report);
    config::inherit_tenant_defaults(read, report);
    const auto problems = report.sorted();
    for (const config::Problem& problem : problems) {
        const std::string text = config::to_text(problem);
        require(text.starts_with("fuzz.yaml"), "a problem names its file");
        require(text.find('\0') == std::string::npos, "a problem can be printed");
    }
    return problems.empty();
}

}  // namespace corncob::fuzz
