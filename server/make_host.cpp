#include "server/make_host.hpp"

#include <stdexcept>
#include <utility>

#include "tenants/in_process_host.hpp"
#include "tenants/interpreter/cpython_interpreter.hpp"
#include "tenants/interpreter/cpython_runtime.hpp"
#include "tenants/room.hpp"

namespace corncob::server {

namespace {

std::unique_ptr<tenants::Host> in_process(const config::GatewayConfig& config, const std::shared_ptr<Log>& log,
                                          bool lone_kernel) {
    using namespace tenants::interpreter;
    const auto started =
        start_cpython({find_python_prefix(config.kernels.python_prefix), config.kernels.state_dir,
                       [log](const std::string& text) { log->warn("{}", text); },
                       [log](const std::string& text) { log->debug("{}", text); }, config.kernels.cache_bytes_max});
    if (!started) throw std::runtime_error(started.error().detail);
    tenants::InProcessHostSettings settings;
    settings.spare_threads = config.kernels.prespawn_count;
    settings.lone_kernel = lone_kernel;
    if (!lone_kernel) {
        settings.room = std::make_shared<tenants::Room>(
            tenants::RoomSettings{config.kernels.memory_percent_max, config.kernels.pids_percent_max});
    }
    return std::make_unique<tenants::InProcessHost>(std::make_unique<CpythonInterpreter>(), settings);
}

}  // namespace

std::unique_ptr<tenants::Host> make_host(const config::GatewayConfig& config, const std::shared_ptr<Log>& log) {
    return in_process(config, log, false);
}

std::unique_ptr<tenants::Host> make_lone_host(const config::GatewayConfig& config, const std::shared_ptr<Log>& log) {
    return in_process(config, log, true);
}

}  // namespace corncob::server
