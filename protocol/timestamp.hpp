// ISO 8601 as the Jupyter protocol writes it.
#pragma once

#include <chrono>
#include <string>

namespace corncob::protocol {

/// "2026-11-21T07:47:01.123456Z", UTC with microseconds.
std::string iso8601(std::chrono::system_clock::time_point when);

}  // namespace corncob::protocol
