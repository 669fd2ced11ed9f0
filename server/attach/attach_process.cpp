#include "server/attach/attach_process.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include "server/attach/peer.hpp"
#include "server/private_file.hpp"

namespace corncob::server {
namespace {

constexpr int kFailed = 1;
constexpr int kParentLookMs = 1000;  // as ipykernel; a signal at the parent's death could come when it lives
constexpr pid_t kInit = 1;
constexpr std::size_t kReadBytes = 4096;

/// From now on they come by a descriptor.
int take_signals() {
    std::signal(SIGINT, SIG_DFL);  // a shell's `&` has it ignored, and then it would not come at all
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, number);
    ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    return ::signalfd(-1, &wanted, SFD_CLOEXEC);
}

}  // namespace

AttachProcess::AttachProcess(AttachCommand command, const config::Environment& environment, std::ostream& err)
    : command_(std::move(command)),
      environment_(environment),
      err_(err),
      // Between who says that it is the parent and us may be a wrapper: then it is the wrapper that is watched.
      parent_(::getppid() == kInit ? command_.parent_pid.value_or(kInit) : ::getppid()) {}

AttachProcess::~AttachProcess() {
    for (const int descriptor : {signals_, socket_}) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

int AttachProcess::run() {
    signals_ = take_signals();
    if (!connect() || !ask()) return *exit_code_;
    std::array<pollfd, 2> watched{pollfd{signals_, POLLIN, 0}, pollfd{socket_, POLLIN, 0}};
    while (!exit_code_) {
        const int ready = ::poll(watched.data(), watched.size(), command_.parent_pid ? kParentLookMs : -1);
        if (ready > 0 && watched[0].revents != 0) on_signal();
        if (ready > 0 && watched[1].revents != 0 && !exit_code_) on_bytes();
        if (!exit_code_ && parent_is_gone()) fail("the process that started this kernel is gone; ending the kernel");
    }
    return *exit_code_;
}

bool AttachProcess::connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (command_.socket.size() >= sizeof(address.sun_path)) {
        fail(command_.socket + ": is too long for the path of a socket");
        return false;
    }
    command_.socket.copy(static_cast<char*>(address.sun_path), command_.socket.size());
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const int why = errno;
        fail(why == ENOENT || why == ECONNREFUSED
                 ? "no daemon waits at " + command_.socket + "; start one with: corncob serve"
                 : "cannot reach the daemon at " + command_.socket + ": " + std::generic_category().message(why));
        return false;
    }
    // What is sent is this user's environment, and the key of the connection: for nobody else.
    const auto daemon = uid_of_peer(socket_);
    if (daemon && may_attach(*daemon, ::geteuid())) return true;
    fail("who waits at " + command_.socket + " is another user's program");
    return false;
}

bool AttachProcess::ask() {
    AttachRequest request;
    request.connection_file = command_.connection_file;
    request.modes = command_.modes;
    request.env = environment_;
    std::error_code error;
    request.working_dir = std::filesystem::current_path(error).string();
    error = read_small_file(command_.connection_file, kConnectionFileBytesMax, request.connection_text);
    if (error && error != std::errc::no_such_file_or_directory) {
        fail(command_.connection_file + ": cannot be read: " + error.message());
        return false;
    }
    if (send(to_message(request))) return true;
    fail("the daemon is gone");
    return false;
}

bool AttachProcess::send(const AttachMessage& message) {
    std::string_view left;
    const std::string encoded = encode(message);
    for (left = encoded; !left.empty();) {
        const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) return false;
        if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void AttachProcess::on_signal() {
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof(signal)) != sizeof(signal)) return;
    if (signal.ssi_signo == SIGINT) {
        (void)send({AttachWord::interrupt});
    } else if (std::exchange(ending_, true)) {
        exit_code_ = kFailed;
    } else {
        (void)send({AttachWord::end});  // if the daemon is gone, what is read next says so
    }
}

void AttachProcess::on_bytes() {
    std::array<char, kReadBytes> bytes{};
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return fail("the daemon is gone, and the kernel with it");
    received_.append(bytes.data(), static_cast<std::size_t>(got));
    while (!exit_code_) {
        const auto message = take_message(received_);
        if (!message) return fail("the daemon says what this version does not understand");
        if (!*message) return;
        on_message(**message);
    }
}

void AttachProcess::on_message(const AttachMessage& message) {
    const std::string text = message.fields.empty() ? std::string() : message.fields[0];
    if (message.word == AttachWord::refused) return fail(text);
    if (message.word == AttachWord::ended) {
        int code = kFailed;
        std::from_chars(text.data(), text.data() + text.size(), code);
        exit_code_ = code;
    }
    if (message.word != AttachWord::serving || text.empty()) return;
    const auto error = write_private_file(command_.connection_file, text);
    if (error) fail(command_.connection_file + ": cannot be written: " + error.message());
}

bool AttachProcess::parent_is_gone() const {
    return command_.parent_pid && ::getppid() != parent_;
}

void AttachProcess::fail(const std::string& sentence) {
    err_ << "corncob: " << sentence << std::endl;
    exit_code_ = kFailed;
}

}  // namespace corncob::server
