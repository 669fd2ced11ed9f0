#include "server/kernelspec_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "protocol/uuid.hpp"
#include "server/http/static_files.hpp"

namespace corncob::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using Failed = Failure<KernelspecErrc>;

constexpr std::array<const char*, 3> kLogos{"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"};
constexpr std::array<const char*, 2> kSystemPrefixes{"/usr/local", "/usr"};
constexpr std::size_t kNameBytesMax = 128;
constexpr const char* kMark = "implementation";  // in the metadata: says that install has written it
constexpr const char* kMarkValue = "corncob";

std::string variable(const config::Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

std::string below_prefix(const std::string& prefix) {
    return (fs::path(prefix) / "share" / "jupyter" / "kernels").string();
}

std::string user_folder(const config::Environment& environment) {
    if (const auto data = variable(environment, "JUPYTER_DATA_DIR"); !data.empty()) return data + "/kernels";
    if (const auto data = variable(environment, "XDG_DATA_HOME"); !data.empty()) return data + "/jupyter/kernels";
    const auto home = variable(environment, "HOME");
    return home.empty() ? home : home + "/.local/share/jupyter/kernels";
}

std::string environment_folder(const config::Environment& environment) {
    for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
        if (const auto prefix = variable(environment, name); !prefix.empty()) return below_prefix(prefix);
    }
    return {};
}

/// As jupyter_client has it: what may be part of a URL and of a path.
bool is_name(const std::string& name) {
    const auto is_allowed = [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= kNameBytesMax && !name.starts_with('.') &&
           std::all_of(name.begin(), name.end(), is_allowed);
}

json kernel_json(const KernelspecFile& file) {
    json argv = {file.executable, file.attach ? "attach" : "kernel", "-f", "{connection_file}"};
    std::string modes;
    for (const std::string& mode : file.modes) modes += (modes.empty() ? "" : "-") + mode;
    if (!modes.empty()) argv.insert(argv.end(), {"--mode", modes});
    if (!file.attach_socket.empty()) argv.insert(argv.end(), {"--socket", file.attach_socket});
    if (!file.python_prefix.empty()) argv.insert(argv.end(), {"--python-prefix", file.python_prefix});
    const std::string usual = "Python 3 (Corncob" + (modes.empty() ? modes : ", " + modes) + ")";
    const bool concurrent = std::find(file.modes.begin(), file.modes.end(), "concurrent") != file.modes.end();
    return {{"argv", std::move(argv)},
            {"display_name", file.display_name.empty() ? usual : file.display_name},
            {"language", "python"},
            {"interrupt_mode", "message"},
            {"metadata", {{kMark, kMarkValue}, {"debugger", false}, {"concurrent", concurrent}}}};
}

/// A folder whose kernel.json was written here.
bool is_ours(const fs::path& kernelspec) {
    std::ifstream file(kernelspec / "kernel.json");
    const json read = json::parse(file, nullptr, false);
    const auto mark = json::json_pointer("/metadata/" + std::string(kMark));
    return read.is_object() && read.contains(mark) && read[mark] == kMarkValue;
}

bool write_file(const fs::path& path, std::string_view content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    file.close();
    return !file.fail();
}

bool write_kernelspec(const fs::path& folder, const KernelspecFile& file) {
    const std::string text = kernel_json(file).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    if (!write_file(folder / "kernel.json", text)) return false;
    return std::all_of(kLogos.begin(), kLogos.end(), [&](const char* logo) {
        const StaticFile* found = find_static_file(logo);
        return found != nullptr && write_file(folder / logo, found->content);
    });
}

}  // namespace

KernelspecResult<std::string> kernelspecs_folder(const KernelspecPlace& place, const config::Environment& environment) {
    if ((place.user ? 1 : 0) + (place.sys_prefix ? 1 : 0) + (place.prefix.empty() ? 0 : 1) > 1) {
        return Failed{KernelspecErrc::no_place, "--user, --sys-prefix and --prefix name different places: give one"};
    }
    if (!place.prefix.empty()) return below_prefix(fs::absolute(place.prefix).lexically_normal().string());
    if (place.sys_prefix) {
        const auto folder = environment_folder(environment);
        if (!folder.empty()) return folder;
        return Failed{KernelspecErrc::no_place,
                      "--sys-prefix: no environment is active (VIRTUAL_ENV, CONDA_PREFIX); name one with --prefix"};
    }
    const auto folder = user_folder(environment);
    if (!folder.empty()) return folder;
    return Failed{KernelspecErrc::no_place, "there is no home directory (HOME); name a place with --prefix"};
}

std::vector<std::string> kernelspecs_folders(const config::Environment& environment) {
    std::vector<std::string> folders{user_folder(environment), environment_folder(environment)};
    for (const char* prefix : kSystemPrefixes) folders.push_back(below_prefix(prefix));
    std::erase(folders, std::string());
    return folders;
}

std::string kernelspec_name(const std::vector<std::string>& modes) {
    constexpr const char* kOrder[] = {"cache", "multi", "react", "concurrent", "trio"};
    std::string name = kMarkValue;
    for (const char* mode : kOrder) {
        if (std::find(modes.begin(), modes.end(), mode) != modes.end()) name += std::string("-") + mode;
    }
    return name;
}

KernelspecResult<std::string> install_kernelspec(const std::string& folder, const KernelspecFile& file) {
    if (!is_name(file.name)) {
        return Failed{KernelspecErrc::bad_name, "a kernelspec's name is made of letters, digits, '.', '_' and '-'"};
    }
    const fs::path place = fs::path(folder) / file.name;
    std::error_code error;
    if (fs::exists(place, error) && !is_ours(place)) {
        return Failed{KernelspecErrc::not_ours, place.string() + ": is another program's kernelspec; see --name"};
    }
    // Beside its place first: a front end that looks meanwhile sees the old one or the new one, nothing between.
    const fs::path beside = fs::path(folder) / ("." + file.name + "." + protocol::random_hex(8));
    fs::create_directories(beside, error);
    if (!error && write_kernelspec(beside, file)) {
        fs::remove_all(place, error);
        if (!error) fs::rename(beside, place, error);
        if (!error) return place.string();
    }
    const std::string why = error ? error.message() : "cannot be written";
    fs::remove_all(beside, error);
    return Failed{KernelspecErrc::not_writable, place.string() + ": " + why};
}

KernelspecResult<std::string> uninstall_kernelspec(const std::string& folder, const std::string& name) {
    if (!is_name(name)) return Failed{KernelspecErrc::bad_name, "no kernelspec has such a name"};
    const fs::path place = fs::path(folder) / name;
    if (!is_ours(place)) {
        return Failed{KernelspecErrc::not_ours, place.string() + ": there is no kernelspec of corncob"};
    }
    std::error_code error;
    fs::remove_all(place, error);
    if (error) return Failed{KernelspecErrc::not_writable, place.string() + ": " + error.message()};
    return place.string();
}

std::vector<std::string> installed_kernelspecs(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& each : fs::directory_iterator(folder, error)) {
        const std::string name = each.path().filename().string();
        if (is_name(name) && is_ours(each.path())) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace corncob::server
