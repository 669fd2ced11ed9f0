// A made-up tree of control groups, with what /proc says of it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::tests {

class CgroupTree {
 public:
    /// Of version 2, in a container: its own group is the root of what it sees.
    static constexpr const char* kMounts2 = "30 1 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n";
    static constexpr const char* kGroups2 = "0::/\n";

    CgroupTree(const std::string& mounts = kMounts2, const std::string& groups = kGroups2) {
        write("/proc/self/mountinfo", "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" + mounts);
        write("/proc/self/cgroup", groups);
    }

    const std::string& root() const { return folder_.path(); }
    void write(const std::string& file, const std::string& text) const {
        const std::string path = root() + file;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path) << text;
    }
    void set_memory(std::size_t used, const std::string& limit) const {
        write("/sys/fs/cgroup/memory.current", std::to_string(used) + "\n");
        write("/sys/fs/cgroup/memory.max", limit + "\n");
    }
    void set_pids(std::size_t used, const std::string& limit) const {
        write("/sys/fs/cgroup/pids.current", std::to_string(used) + "\n");
        write("/sys/fs/cgroup/pids.max", limit + "\n");
    }

 private:
    TemporaryFolder folder_;
};

}  // namespace corncob::tests
