#include "server/make_host.hpp"

#include <stdexcept>
#include <utility>

#include "tenants/in_process_host.hpp"
#include "tenants/interpreter/cpython_interpreter.hpp"
#include "tenants/interpreter/cpython_runtime.hpp"

namespace corncob::server {

std::unique_ptr<tenants::Host> make_host(const config::GatewayConfig& config) {
    using namespace tenants::interpreter;
    const auto started = start_cpython({find_python_prefix(config.kernels.python_prefix)});
    if (!started) throw std::runtime_error(started.error().detail);
    return std::make_unique<tenants::InProcessHost>(
        std::make_unique<CpythonInterpreter>(),
        tenants::InProcessHostSettings{.spare_threads = config.kernels.prespawn_count});
}

}  // namespace corncob::server
