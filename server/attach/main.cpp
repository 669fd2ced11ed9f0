// corncob-attach, which `corncob attach` becomes: none of the daemon's libraries, so that it is small and starts at
// once.
#include <exception>
#include <iostream>

#include "server/attach/attach_process.hpp"

int main(int argc, char** argv) {
    try {
        const auto environment = corncob::config::read_environment();
        auto command = corncob::server::parse_attach(argc, argv, environment, std::cout, std::cerr);
        if (command.exit_code) return *command.exit_code;
        return corncob::server::AttachProcess(std::move(command), environment, std::cerr).run();
    } catch (const std::exception& exception) {
        std::cerr << "corncob: " << exception.what() << '\n';
        return 1;
    }
}
