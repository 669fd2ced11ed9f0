// Files of server/http/static/, embedded at build time.
#pragma once

#include <string_view>

namespace corncob::server {

struct StaticFile {
    std::string_view name;
    std::string_view content_type;
    std::string_view content;
};

/// By exact name, or null. Valid for the life of the process.
const StaticFile* find_static_file(std::string_view name);

}  // namespace corncob::server
