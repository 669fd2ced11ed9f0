// What the system lets this process and its neighbours have: the control groups of Linux, versions 1 and 2. A
// container's limits are limits of its group.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace corncob::tenants {

/// What a group uses of something that it may have so much of.
struct Bounded {
    std::size_t used = 0;
    std::size_t limit = 0;
    std::string file{};  ///< where the limit stands
};

/// The groups of this process, found once; what they use is read at every question. Thread-safe. Reads files of the
/// kernel: some microseconds each.
class Cgroup {
 public:
    /// `root` is put before every path: another one than the system's, for tests.
    explicit Cgroup(std::string root = {});

    /// Bytes in RAM, without what is only kept of files and can be dropped. Of the group and those around it the one
    /// with the least left counts. Nothing: there is no limit, or no such group.
    std::optional<Bounded> memory() const;
    /// Processes and threads, as above.
    std::optional<Bounded> pids() const;

 private:
    struct Controller {
        bool version_2 = false;
        std::vector<std::string> folders{};  // the group, then those around it; empty: none was found
    };
    Controller find(const std::string& name) const;

    const std::string root_;
    const Controller memory_;
    const Controller pids_;
};

}  // namespace corncob::tenants
