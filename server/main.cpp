// corncob: command line -> configuration -> gateway.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <system_error>

#include "server/attach/attach_command.hpp"
#include "server/command_line.hpp"
#include "server/gateway.hpp"
#include "server/healthcheck.hpp"
#include "server/kernel_process.hpp"
#include "server/log.hpp"
#include "server/make_host.hpp"

namespace {

constexpr int kCannotStart = 1;

/// Returns only if the daemon could not start.
int serve(corncob::config::GatewayConfig config, corncob::server::Reload::Load reload) {
    const auto log = corncob::server::make_log(config.log);
    auto host = corncob::server::make_host(config, log);
    corncob::server::Gateway gateway(std::move(config), log, std::move(host));
    const auto opened = gateway.open();
    if (!opened) {
        log->critical("{}", opened.error().detail);
        return kCannotStart;
    }
    gateway.handle_signals();
    gateway.reload_by(std::move(reload));
    // The only line on stdout: whoever starts the daemon reads where it is, and that it listens.
    std::cout << gateway.url() << std::endl;
    gateway.run();
    // Not by way of destructors: threads that users' code left over may still run Python, and need what they would
    // destroy (see start_cpython).
    log->flush();
    std::_Exit(EXIT_SUCCESS);
}

/// Ends the process, as soon as the kernel has ended or could not start.
[[noreturn]] void kernel(corncob::config::GatewayConfig config, corncob::server::KernelCommand command) {
    const auto log = corncob::server::make_log(config.log);
    auto host = corncob::server::make_lone_host(config, log);
    corncob::server::KernelProcess process(std::move(config), std::move(command), log, std::move(host));
    const auto opened = process.open();
    if (!opened) {
        std::cerr << "corncob: " << opened.error().detail << std::endl;
        std::_Exit(kCannotStart);
    }
    const int exit_code = process.run();
    log->flush();
    std::_Exit(exit_code);
}

/// Becomes the program that lies beside this one: an attach process must be small, and what this one has loaded is not.
/// Returns if there is none.
void become_attach(char** argv) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string program = self.parent_path() / corncob::server::kAttachProgram;
    ::execv(program.c_str(), argv);
    std::cerr << "corncob: " << program << ": " << std::generic_category().message(errno) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && argv[1] == std::string_view("attach")) {
        become_attach(argv);
        return kCannotStart;
    }
    try {
        auto command_line = corncob::server::parse_command_line(argc, argv, std::cout, std::cerr);
        using Action = corncob::server::CommandLine::Action;
        if (command_line.action == Action::exit) return command_line.exit_code;
        if (command_line.action == Action::healthcheck) {
            return corncob::server::healthcheck(command_line.config, command_line.ready, std::cout, std::cerr);
        }
        if (command_line.action == Action::serve) {
            return serve(std::move(command_line.config), std::move(command_line.reload));
        }
        kernel(std::move(command_line.config), std::move(command_line.kernel));
    } catch (const std::exception& exception) {
        std::cerr << "corncob: " << exception.what() << '\n';
        return kCannotStart;
    }
}
