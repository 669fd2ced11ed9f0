#include "tenants/kernel_pipes.hpp"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace corncob::tenants {
namespace {

constexpr std::size_t kReadBytesMax = 32768;       // at once, on the stack
constexpr std::size_t kTurnBytesMax = 1 << 18;     // of one pipe, before the others' turn
constexpr std::size_t kCollectBytesMax = 1 << 20;  // more than this the system lets no pipe hold
constexpr std::size_t kHeldBytesMax = 1 << 16;     // what a pipe holds unless it is asked to hold more
constexpr unsigned short kTerminalRows = 24;
constexpr unsigned short kTerminalColumns = 80;

Failure<std::errc> failure(const char* what) {
    return {static_cast<std::errc>(errno), what};
}

/// Both ends are closed in programs that are started.
bool open_pipe(int& read_fd, int& write_fd) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_fd = ends[0];
    write_fd = ends[1];
    return true;
}

bool open_terminal(int& read_fd, int& write_fd) {
    termios settings{};
    ::cfmakeraw(&settings);  // text goes through as it is
    settings.c_cflag |= CS8 | CREAD;
    const winsize size{kTerminalRows, kTerminalColumns, 0, 0};
    if (::openpty(&read_fd, &write_fd, nullptr, &settings, &size) != 0) return false;
    ::fcntl(read_fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(write_fd, F_SETFD, FD_CLOEXEC);
    return true;
}

}  // namespace

/// The end to read from.
class KernelPipes::Pipe final : public PipeWatcher, public std::enable_shared_from_this<Pipe> {
 public:
    Pipe(int read_fd, std::weak_ptr<KernelPipes> owner, SharedRequest parent, std::string stream)
        : fd(read_fd), owner_(std::move(owner)), parent_(std::move(parent)), stream_(std::move(stream)) {}
    ~Pipe() override { ::close(fd); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void on_readable() override {
        const auto owner = owner_.lock();
        if (!owner) return;
        if (read(*owner, kTurnBytesMax)) {
            owner->arm(*this);
        } else {
            owner->end(*this);
        }
    }

    /// Hands on what is there, up to about `bytes_max`. False: that was the end of it.
    bool read(const KernelPipes& owner, std::size_t bytes_max) {
        const std::lock_guard lock(mutex_);  // so that what two threads read keeps its order
        std::array<char, kReadBytesMax> buffer{};
        for (std::size_t bytes = 0; bytes < bytes_max;) {
            const ssize_t got = ::read(fd, buffer.data(), buffer.size());
            if (got > 0) {
                bytes += static_cast<std::size_t>(got);
                hand_on(owner, {buffer.data(), static_cast<std::size_t>(got)});
            } else if (got < 0 && errno == EINTR) {
                continue;
            } else if (got < 0 && errno == EAGAIN) {
                return true;
            } else {  // 0: nobody can write any more; EIO says the same of a terminal
                if (!unfinished_.empty()) write(owner, std::exchange(unfinished_, {}));
                return false;
            }
        }
        return true;
    }

    const int fd;
    PipeReader::Id id = 0;  // set before the first event
    bool armed = true;      // guarded by the owner's mutex

 private:
    void hand_on(const KernelPipes& owner, std::string_view bytes) {
        std::string joined;
        if (!unfinished_.empty()) {
            joined = std::exchange(unfinished_, {});
            joined.append(bytes);
            bytes = joined;
        }
        const std::size_t rest = unfinished_utf8_bytes(bytes);
        unfinished_.assign(bytes.substr(bytes.size() - rest));
        bytes.remove_suffix(rest);
        if (!bytes.empty()) write(owner, bytes);
    }
    void write(const KernelPipes& owner, std::string_view text) {
        owner.outputs_->write(parent_ ? parent_ : owner.current(), stream_, text);
    }

    const std::weak_ptr<KernelPipes> owner_;
    const SharedRequest parent_;
    const std::string stream_;
    std::mutex mutex_;  // left of OutputBuffer's
    std::string unfinished_;
};

KernelPipes::KernelPipes(std::shared_ptr<OutputBuffer> outputs, PipeReader& reader)
    : outputs_(std::move(outputs)), reader_(reader) {}

KernelPipes::~KernelPipes() {
    close();
}

corncob::Result<int, std::errc> KernelPipes::open(SharedRequest parent, const std::string& stream, Kind kind) {
    int read_fd = -1;
    int write_fd = -1;
    const bool opened = kind == Kind::pipe ? open_pipe(read_fd, write_fd) : open_terminal(read_fd, write_fd);
    if (!opened) return failure("no pipe can be made");
    ::fcntl(read_fd, F_SETFL, O_NONBLOCK);
    auto adopted = adopt(read_fd, write_fd, std::move(parent), stream);
    if (!adopted) ::close(write_fd);
    return adopted;
}

corncob::Result<int, std::errc> KernelPipes::adopt(int read_fd, int write_fd, SharedRequest parent,
                                                   const std::string& stream) {
    const auto pipe = std::make_shared<Pipe>(read_fd, weak_from_this(), std::move(parent), stream);
    const std::lock_guard lock(mutex_);
    if (closed_) return Failure<std::errc>{std::errc::broken_pipe, "the kernel has ended"};
    if (pipes_.size() >= kPipesMax) {
        return Failure<std::errc>{std::errc::too_many_files_open, "too many programs of this kernel print"};
    }
    const auto id = reader_.watch(read_fd, pipe);
    if (!id) return id.error();
    pipe->id = *id;
    pipes_.emplace(pipe.get(), pipe);
    count_.store(pipes_.size(), std::memory_order_release);
    return write_fd;
}

void KernelPipes::follow(SharedRequest cell) {
    const std::lock_guard lock(mutex_);
    cell_ = std::move(cell);
}

SharedRequest KernelPipes::current() const {
    const std::lock_guard lock(mutex_);
    return cell_;
}

void KernelPipes::collect() {
    std::vector<std::shared_ptr<Pipe>> open;
    std::size_t bytes_max = kCollectBytesMax;
    {
        const std::lock_guard lock(mutex_);
        if (held_) bytes_max = kHeldBytesMax;
        open.reserve(pipes_.size());
        for (const auto& [key, pipe] : pipes_) open.push_back(pipe);
    }
    for (const auto& pipe : open) {
        if (!pipe->read(*this, bytes_max)) end(*pipe);
    }
}

void KernelPipes::end(const Pipe& pipe) {
    std::shared_ptr<Pipe> last;
    const std::lock_guard lock(mutex_);
    const auto found = pipes_.find(&pipe);
    if (found == pipes_.end()) return;
    last = std::move(found->second);
    pipes_.erase(found);
    count_.store(pipes_.size(), std::memory_order_release);
    reader_.forget(last->fd, last->id);
}

void KernelPipes::arm(Pipe& pipe) {
    const std::lock_guard lock(mutex_);
    if (!pipes_.contains(&pipe)) return;
    pipe.armed = !held_;
    if (pipe.armed) reader_.arm(pipe.fd, pipe.id);
}

void KernelPipes::hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    if (held) return;
    for (const auto& [key, pipe] : pipes_) {
        if (!std::exchange(pipe->armed, true)) reader_.arm(pipe->fd, pipe->id);
    }
}

void KernelPipes::close() {
    std::unordered_map<const Pipe*, std::shared_ptr<Pipe>> open;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    open.swap(pipes_);
    count_.store(0, std::memory_order_release);
    for (const auto& [key, pipe] : open) reader_.forget(pipe->fd, pipe->id);
    cell_.reset();
}

std::size_t unfinished_utf8_bytes(std::string_view text) {
    const std::size_t look = std::min<std::size_t>(text.size(), 3);
    for (std::size_t back = 1; back <= look; ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xC0U) == 0x80U) continue;  // inside of a character
        const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return whole > back ? back : 0;
    }
    return 0;
}

}  // namespace corncob::tenants
