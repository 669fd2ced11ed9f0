// The daemon's log: one line an event on stderr, as text or as JSON. Never a token, never a cell's code; a request is
// named by its path without the query.
#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "config/gateway_config.hpp"

namespace corncob::server {

using Log = spdlog::logger;

spdlog::level::level_enum level_of(const config::LogConfig& config);
/// Thread-safe logger. A line begins with what it is about, as `key=value` (request, tenant, kernel, ...); in JSON
/// these are members of their own. Control characters of what is logged are escaped, so that a client cannot forge
/// lines.
std::shared_ptr<Log> make_log(const config::LogConfig& config);
/// The same into another sink.
std::shared_ptr<Log> make_log(const config::LogConfig& config, spdlog::sink_ptr sink);

}  // namespace corncob::server
