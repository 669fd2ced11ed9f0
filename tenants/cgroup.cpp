#include "tenants/cgroup.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace corncob::tenants {
namespace {

constexpr std::size_t kUnlimited = std::size_t{1} << 60;  // version 1 writes "no limit" as a number beyond all memory

/// What /proc/self/mountinfo says of one hierarchy.
struct Mount {
    std::string root;   // the group that is mounted
    std::string point;  // where
};

bool has_word(const std::string& list, const std::string& word) {
    return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/// `controller` empty: the hierarchy of version 2.
std::optional<Mount> find_mount(const std::string& file, const std::string& controller) {
    std::ifstream mounts(file);
    for (std::string line; std::getline(mounts, line);) {
        const auto separator = line.find(" - ");
        if (separator == std::string::npos) continue;
        std::istringstream place(line.substr(0, separator));
        std::istringstream kind(line.substr(separator + 3));
        std::string skipped;
        Mount mount;
        place >> skipped >> skipped >> skipped >> mount.root >> mount.point;
        std::string type;
        std::string options;
        kind >> type >> skipped >> options;
        if (controller.empty() ? type == "cgroup2" : type == "cgroup" && has_word(options, controller)) return mount;
    }
    return std::nullopt;
}

/// The path of this process's group in that hierarchy; lines are "9:memory:/path", of version 2 "0::/path".
std::optional<std::string> find_path(const std::string& file, const std::string& controller) {
    std::ifstream groups(file);
    for (std::string line; std::getline(groups, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string names = line.substr(first + 1, second - first - 1);
        if (controller.empty() ? names.empty() : has_word(names, controller)) return line.substr(second + 1);
    }
    return std::nullopt;
}

/// "max", or no file: nothing.
std::optional<std::size_t> read_number(const std::string& file) {
    std::size_t number = 0;
    if (std::ifstream(file) >> number) return number;
    return std::nullopt;
}

/// The value of `key` in lines of "key value"; 0: there is none.
std::size_t read_entry(const std::string& file, const std::string& key) {
    std::ifstream lines(file);
    std::string name;
    for (std::size_t value = 0; lines >> name >> value;) {
        if (name == key) return value;
    }
    return 0;
}

std::size_t left(const Bounded& bounded) {
    return bounded.used < bounded.limit ? bounded.limit - bounded.used : 0;
}

}  // namespace

Cgroup::Cgroup(std::string root) : root_(std::move(root)), memory_(find("memory")), pids_(find("pids")) {}

/// In a container the hierarchy may be mounted from its own group on, while the group's path begins further up.
Cgroup::Controller Cgroup::find(const std::string& name) const {
    Controller controller;
    const std::string mounts = root_ + "/proc/self/mountinfo";
    const std::string groups = root_ + "/proc/self/cgroup";
    auto mount = find_mount(mounts, name);
    controller.version_2 = !mount;
    if (!mount) mount = find_mount(mounts, {});
    const auto path = find_path(groups, controller.version_2 ? std::string() : name);
    if (!mount || !path) return controller;
    const std::string above = mount->root == "/" ? "" : mount->root;
    std::string below = path->starts_with(above + "/") ? path->substr(above.size()) : "";
    if (below.starts_with("/..")) below.clear();  // of a process that was moved out of what its namespace shows
    while (below.ends_with('/')) below.pop_back();
    while (!below.empty()) {
        controller.folders.push_back(root_ + mount->point + below);
        below.resize(below.rfind('/'));
    }
    controller.folders.push_back(root_ + mount->point);
    return controller;
}

std::optional<Bounded> Cgroup::memory() const {
    const bool v2 = memory_.version_2;
    std::optional<Bounded> tightest;
    for (const std::string& folder : memory_.folders) {
        const std::string file = folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes");
        const auto limit = read_number(file);
        if (!limit || *limit >= kUnlimited) continue;
        Bounded found{read_number(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes")).value_or(0), *limit,
                      file};
        const auto droppable = read_entry(folder + "/memory.stat", v2 ? "inactive_file" : "total_inactive_file");
        found.used -= droppable < found.used ? droppable : found.used;
        if (!tightest || left(found) < left(*tightest)) tightest = std::move(found);
    }
    return tightest;
}

std::optional<Bounded> Cgroup::pids() const {
    std::optional<Bounded> tightest;
    for (const std::string& folder : pids_.folders) {
        const std::string file = folder + "/pids.max";
        const auto limit = read_number(file);
        if (!limit) continue;
        Bounded found{read_number(folder + "/pids.current").value_or(0), *limit, file};
        if (!tightest || left(found) < left(*tightest)) tightest = std::move(found);
    }
    return tightest;
}

}  // namespace corncob::tenants
