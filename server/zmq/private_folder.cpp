#include "server/zmq/private_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace corncob::server {
namespace {

constexpr mode_t kOwnerOnly = 0700;
constexpr mode_t kOthers = 0077;

ConnectionFailure failed(const std::string& path, const std::string& why) {
    return {ConnectionErrc::not_writable, path + ": " + why};
}

}  // namespace

ConnectionResult<void> make_private_folder(const std::string& path) {
    const std::filesystem::path above = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!above.empty() && !std::filesystem::exists(above, error)) {
        if (auto made = make_private_folder(above.string()); !made) return made;
    }
    if (::mkdir(path.c_str(), kOwnerOnly) != 0 && errno != EEXIST) {
        return failed(path, std::generic_category().message(errno));
    }
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return failed(path, std::generic_category().message(errno));
    if (!S_ISDIR(status.st_mode)) return failed(path, "is no directory");
    if (status.st_uid != ::geteuid()) return failed(path, "belongs to another user");
    if ((status.st_mode & kOthers) != 0) return failed(path, "is open to other users; it must have mode 0700");
    return {};
}

std::string file_name_of(const std::string& name) {
    return name == "." || name == ".." ? name + "_" : name;
}

}  // namespace corncob::server
