// Dates as HTTP writes them.
#pragma once

#include <chrono>
#include <string>

namespace corncob::server {

/// "Sat, 21 Nov 2026 08:02:00 GMT" (RFC 9110, section 5.6.7), whatever the locale. Thread-safe.
std::string http_date(std::chrono::system_clock::time_point when);

}  // namespace corncob::server
