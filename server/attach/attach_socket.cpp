#include "server/attach/attach_socket.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "server/zmq/private_folder.hpp"

namespace corncob::server {
namespace {

using Failed = Failure<AttachSocketErrc>;

constexpr mode_t kOwnerOnly = 0600;
constexpr int kBacklog = 128;

}  // namespace

void AttachSocket::close() {
    ErrorCode ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) ::unlink(std::exchange(path_, {}).c_str());
    if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

Result<void, AttachSocketErrc> AttachSocket::open(const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return Failed{AttachSocketErrc::not_usable, path + ": is too long for the path of a socket"};
    }
    const auto folder = std::filesystem::absolute(path).parent_path().string();
    if (const auto made = make_private_folder(folder); !made) {
        return Failed{AttachSocketErrc::not_usable, made.error().detail};
    }
    if (auto locked = lock(path + ".lock"); !locked) return locked;
    ::unlink(path.c_str());
    ErrorCode error;
    acceptor_.open(asio::local::stream_protocol(), error);
    // Before it has a name: then the file has this mode from the beginning.
    if (!error && ::fchmod(acceptor_.native_handle(), kOwnerOnly) != 0)
        error = {errno, boost::system::system_category()};
    if (!error) acceptor_.bind(asio::local::stream_protocol::endpoint(path), error);
    if (!error) path_ = path;
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) return Failed{AttachSocketErrc::not_usable, path + ": " + error.message()};
    return {};
}

Result<void, AttachSocketErrc> AttachSocket::lock(const std::string& path) {
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (lock_ >= 0 && ::fcntl(lock_, F_SETLK, &whole) == 0) return {};
    if (lock_ >= 0 && (errno == EAGAIN || errno == EACCES)) {
        return Failed{AttachSocketErrc::in_use, path + ": another daemon waits there"};
    }
    return Failed{AttachSocketErrc::not_usable, path + ": " + std::generic_category().message(errno)};
}

}  // namespace corncob::server
