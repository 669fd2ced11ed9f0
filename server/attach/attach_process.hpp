// `corncob attach`: a small process that stands for a kernel of the daemon, as front ends expect one. It lives as long
// as the kernel, and the kernel as long as it does.
#pragma once

#include <iosfwd>
#include <string>

#include "config/environment.hpp"
#include "server/attach/attach_command.hpp"
#include "server/attach/attach_wire.hpp"

namespace corncob::server {

/// Belongs to the process's only thread, whose SIGINT, SIGTERM and SIGHUP it takes for good.
class AttachProcess {
 public:
    /// `environment` becomes the kernel's. Problems are told on `err`, each in one line.
    AttachProcess(AttachCommand command, const config::Environment& environment, std::ostream& err);
    ~AttachProcess();
    AttachProcess(const AttachProcess&) = delete;
    AttachProcess& operator=(const AttachProcess&) = delete;

    /// Returns the exit code when the kernel has ended: the kernel's (0 as asked, 1 by itself), or 1 where there is no
    /// daemon, it refuses, it goes, or the parent has died. SIGINT interrupts the kernel; SIGTERM and SIGHUP end it, a
    /// second one without waiting for that.
    int run();

 private:
    bool connect();
    bool ask();
    bool send(const AttachMessage& message);
    void on_signal();
    void on_bytes();
    void on_message(const AttachMessage& message);
    bool parent_is_gone() const;
    void fail(const std::string& sentence);

    const AttachCommand command_;
    const config::Environment& environment_;
    std::ostream& err_;
    const pid_t parent_;  // as we have it at the start
    int signals_ = -1;
    int socket_ = -1;
    std::string received_;
    bool ending_ = false;
    std::optional<int> exit_code_;
};

}  // namespace corncob::server
