// The programs and forked children of a kernel's code, which end with the kernel, as those of a kernel process do.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "tenants/housekeeper.hpp"

namespace corncob::tenants {

/// From SIGTERM to SIGKILL.
inline constexpr std::chrono::milliseconds kProgramGrace{500};

/// Thread-safe; never takes the GIL, never waits. Holds a descriptor (pidfd) for each child that nobody has waited for,
/// so that a number that the system has given to another process meanwhile is never signalled.
class KernelPrograms : public std::enable_shared_from_this<KernelPrograms> {
 public:
    explicit KernelPrograms(Housekeeper& keeper) : keeper_(keeper) {}
    /// Kills what is left.
    ~KernelPrograms();
    KernelPrograms(const KernelPrograms&) = delete;
    KernelPrograms& operator=(const KernelPrograms&) = delete;

    enum class Kind {
        member,  ///< of this process's group, or of one that its code has asked for
        leader,  ///< of a group that was made for it to be met with all that it starts
    };
    /// A child of this process. After end(), it is ended at once. One for which there is no descriptor left is not
    /// known, and outlives its kernel.
    void add(pid_t child, Kind kind = Kind::member);
    /// The next interrupt() is for those that run now.
    void aim();
    /// SIGINT to those that were aimed at, as a terminal or the front end of a kernel process sends it: to all that are
    /// in this process's group, and to leaders with their groups. Who leads another group or session has asked to be
    /// left alone.
    void interrupt();
    /// Children that run get SIGTERM, with the group that they lead, and SIGKILL when they are still there after
    /// kProgramGrace; then they are waited for, however long it takes, so that none is left as a zombie.
    void end();
    /// That run, or that nobody has waited for.
    std::vector<pid_t> children();

 private:
    struct Program {
        pid_t pid;
        int pidfd;
        Kind kind;
        bool aimed_at;
    };
    void forget_gone_locked();
    void signal_locked(int number) const;
    void kill();
    void reap_locked(std::chrono::milliseconds pause);

    Housekeeper& keeper_;
    std::mutex mutex_;
    std::vector<Program> programs_;
    bool ended_ = false;
    bool reaping_ = false;  // until all are gone
};

}  // namespace corncob::tenants
