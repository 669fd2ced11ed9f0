#include "server/private_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace corncob::server {
namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::error_code write_private_file(const std::string& path, std::string_view text) {
    std::string beside = path + ".XXXXXX";
    const int file = ::mkostemp(beside.data(), O_CLOEXEC);  // exclusive, and its owner's alone
    if (file < 0) return last_error();
    std::error_code error;
    if (!write_all(file, text)) error = last_error();
    if (::close(file) != 0 && !error) error = last_error();
    if (!error && ::rename(beside.c_str(), path.c_str()) != 0) error = last_error();
    if (error) ::unlink(beside.c_str());
    return error;
}

std::error_code read_small_file(const std::string& path, std::size_t bytes_max, std::string& text) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return last_error();
    text.assign(bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return last_error();
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > bytes_max) return std::make_error_code(std::errc::file_too_large);
    return {};
}

}  // namespace corncob::server
