// Attach processes as threads of the test's, against a whole Gateway.
#pragma once

#include <csignal>
#include <sstream>
#include <string>
#include <thread>

#include "server/attach/attach_process.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::tests {

/// One `corncob attach`, from its making to its end.
class Attached {
 public:
    explicit Attached(server::AttachCommand command, config::Environment environment = {})
        : environment_(std::move(environment)), thread_([this, command = std::move(command)] {
              exit_code_ = server::AttachProcess(command, environment_, err_).run();
          }) {}
    ~Attached() {
        if (thread_.joinable()) (void)wait();
    }
    /// As the process would get it.
    void signal(int number) { ::pthread_kill(thread_.native_handle(), number); }
    int wait() {
        thread_.join();
        return exit_code_;
    }
    /// After wait().
    std::string err() const { return err_.str(); }

 private:
    const config::Environment environment_;
    std::ostringstream err_;
    int exit_code_ = -1;
    std::thread thread_;
};

}  // namespace corncob::tests
