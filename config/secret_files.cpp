#include "config/secret_files.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "config/fields.hpp"

namespace corncob::config {
namespace {

constexpr std::size_t kSecretBytesMax = 4096;
constexpr const char* kSuffix = "_FILE";

bool is_given(const Environment& environment, const std::string& variable) {
    const auto found = environment.find(variable);
    return found != environment.end() && !found->second.empty();
}

/// Nothing: a problem has been told.
std::optional<std::string> read_secret(const std::string& variable, const std::string& path, Report& report) {
    const auto complain = [&](const std::string& what) { report.add({variable}, "", path + " " + what); };
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return complain("is a folder"), std::nullopt;
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(kSecretBytesMax + 1, '\0');
    if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) {
        complain("cannot be read: " + std::error_code(errno, std::generic_category()).message());
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kSecretBytesMax) {
        complain("is larger than " + std::to_string(kSecretBytesMax) + " bytes");
        return std::nullopt;
    }
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    if (text.empty()) return complain("is empty"), std::nullopt;
    return text;
}

}  // namespace

const std::vector<std::string>& secret_variables() {
    static const std::vector<std::string> variables = [] {
        std::vector<std::string> found{"JUPYTERHUB_API_TOKEN"};
        for (const auto& field : gateway_fields()) {
            if (field.traits.secret) found.push_back(field.traits.variable);
        }
        return found;
    }();
    return variables;
}

Environment with_secret_files(Environment environment, Report& report) {
    for (const std::string& variable : secret_variables()) {
        const std::string of_file = variable + kSuffix;
        if (!is_given(environment, of_file)) continue;
        if (is_given(environment, variable)) {
            report.add({of_file}, "", "is set, and " + variable + " too: give one of them");
            continue;
        }
        if (auto secret = read_secret(of_file, environment.at(of_file), report)) {
            environment[variable] = std::move(*secret);
        }
    }
    return environment;
}

}  // namespace corncob::config
