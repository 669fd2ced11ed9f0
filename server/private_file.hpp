// Files that hold keys: never readable by anybody else, and never seen half written.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace corncob::server {

/// Written beside `path` and moved into its place, with mode 0600 from its first byte on.
std::error_code write_private_file(const std::string& path, std::string_view text);

/// The whole of a small file; longer than `bytes_max`: std::errc::file_too_large.
std::error_code read_small_file(const std::string& path, std::size_t bytes_max, std::string& text);

}  // namespace corncob::server
