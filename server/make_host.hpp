// The one place where the daemon decides what runs Python; apart from main.cpp so that tests bring a fake.
#pragma once

#include <memory>

#include "config/gateway_config.hpp"
#include "server/log.hpp"
#include "tenants/host.hpp"

namespace corncob::server {

/// The host of `config.kernels.isolation`; what runs Python warns in `log`. Throws std::runtime_error, in words for the
/// operator, if it cannot start.
std::unique_ptr<tenants::Host> make_host(const config::GatewayConfig& config, const std::shared_ptr<Log>& log);

/// The host of a process that has one kernel and is all its own: its working directory is the process's. Throws as
/// make_host does.
std::unique_ptr<tenants::Host> make_lone_host(const config::GatewayConfig& config, const std::shared_ptr<Log>& log);

}  // namespace corncob::server
