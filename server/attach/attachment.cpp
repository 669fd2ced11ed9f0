#include "server/attach/attachment.hpp"

#include <filesystem>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "server/attach/peer.hpp"
#include "server/completion.hpp"
#include "server/kernel_modes.hpp"
#include "server/net/deadline.hpp"

namespace corncob::server {
namespace {

constexpr std::chrono::seconds kOpenTimeout{10};
constexpr std::size_t kReadBytes = 65536;
constexpr int kEndedAsAsked = 0;
constexpr int kEndedByItself = 1;

}  // namespace

Awaitable<void> Attachment::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    const Said<std::string> to_write = co_await begin();
    if (!to_write) {
        if (kernel_) end_kernel();
        co_await say(AttachWord::refused, to_write.error().detail);
        co_return;
    }
    co_await say(AttachWord::serving, *to_write);
    co_await follow();
    end_kernel();
    if (!closed_) co_return;
    if (!asked_) co_await wait_for(kFarewell);
    const std::string exit_code = std::to_string(kernel_->crashed() ? kEndedByItself : kEndedAsAsked);
    co_await say(AttachWord::ended, exit_code);
}

Awaitable<Attachment::Said<std::string>> Attachment::begin() {
    auto request = co_await read_request();
    if (!request) co_return request.error();
    auto wanted = wanted_connection(*request);
    if (!wanted) co_return wanted.error();
    const bool complete = !wanted->has_wildcards();
    const std::string file = request->connection_file;
    const auto started = start_kernel(std::move(*request));
    if (!started) co_return started.error();
    const auto opened = co_await open_sockets(std::move(*wanted));
    if (!opened) co_return opened.error();
    surroundings_.log.info("tenant={} kernel={} attached: serves {}", kernel_->tenant().str(), kernel_->id().str(),
                           file);
    std::string to_write;
    if (!complete) to_write = to_text(*opened);
    co_return to_write;
}

Awaitable<Attachment::Said<AttachRequest>> Attachment::read_request() {
    const auto uid = uid_of_peer(socket_.native_handle());
    if (!uid || !surroundings_.admits(*uid)) {
        surroundings_.log.warn("audit=refused attach: not for user {}", uid ? std::to_string(*uid) : "unknown");
        co_return Failure<Errc>{Errc::refused, "this daemon is another user's; it serves only its own user and root"};
    }
    Deadline deadline(socket_);
    deadline.arm(surroundings_.request_timeout);
    std::string chunk(kReadBytes, '\0');
    for (;;) {
        const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(chunk), kAsTuple);
        if (error) co_return Failure<Errc>{Errc::refused, "no request came"};
        received_.append(chunk, 0, bytes);
        const auto message = take_message(received_);
        if (!message) co_return Failure<Errc>{Errc::refused, message.error().detail};
        if (!*message) continue;
        auto request = to_request(**message);
        if (!request) co_return Failure<Errc>{Errc::refused, request.error().detail};
        co_return std::move(*request);
    }
}

Attachment::Said<ConnectionInfo> Attachment::wanted_connection(const AttachRequest& request) {
    if (request.connection_text.empty()) {
        ConnectionInfo info = new_connection();
        info.path = request.connection_file;
        return info;
    }
    auto info = parse_connection(request.connection_text, request.connection_file);
    if (!info) return Failure<Errc>{Errc::refused, info.error().detail};
    return std::move(*info);
}

Attachment::Said<void> Attachment::start_kernel(AttachRequest request) {
    auto modes = parse_modes(request.modes);
    if (!modes) return Failure<Errc>{Errc::refused, modes.error().detail};
    tenants::StartKernel start;
    start.modes = std::move(*modes);
    start.env = std::move(request.env);
    std::error_code error;
    if (std::filesystem::is_directory(request.working_dir, error)) start.working_dir = std::move(request.working_dir);
    start.comes_back = false;  // its attach process ends, and whoever has started that starts another
    auto started = surroundings_.tenants.of(surroundings_.tenant).kernels().start(std::move(start));
    if (!started) return Failure<Errc>{Errc::refused, started.error().detail};
    kernel_ = std::move(*started);
    return {};
}

Awaitable<Attachment::Said<ConnectionInfo>> Attachment::open_sockets(ConnectionInfo wanted) {
    const Executor executor = socket_.get_executor();
    GivenConnection given{std::move(wanted)};
    given.on_shutdown_request = [weak = weak_from_this(), &tenants = surroundings_.tenants,
                                 kernel = kernel_](const protocol::ClientSessionId& from) {
        if (kernel->lives_on_without(from)) return;
        if (const auto self = weak.lock()) self->asked_ = true;
        tenants.of(kernel->tenant()).kernels().shutdown(kernel->id(), [] {});
    };
    given.on_closed = [weak = weak_from_this(), executor] {
        asio::post(executor, [weak] {
            const auto self = weak.lock();
            if (!self) return;
            self->closed_ = true;
            ErrorCode ignored;
            self->socket_.cancel(ignored);
        });
    };
    Completion completion(executor);
    const auto result = std::make_shared<std::optional<ConnectionResult<ConnectionInfo>>>();
    surroundings_.zmq.serve(kernel_, std::move(given), [result, notify = completion.notifier()](auto info) {
        result->emplace(std::move(info));
        notify();
    });
    const bool done = co_await completion.wait(kOpenTimeout);
    if (!done) co_return Failure<Errc>{Errc::refused, "the sockets do not open in time"};
    if (!**result) co_return Failure<Errc>{Errc::refused, (**result).error().detail};
    co_return (**result).value();
}

Awaitable<void> Attachment::follow() {
    std::string chunk(kReadBytes, '\0');
    while (!closed_) {
        for (;;) {
            const auto message = take_message(received_);
            if (!message) co_return;
            if (!*message) break;
            obey((*message)->word);
        }
        const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(chunk), kAsTuple);
        if (error) co_return;
        received_.append(chunk, 0, bytes);
    }
}

void Attachment::obey(AttachWord word) {
    if (word == AttachWord::interrupt) kernel_->interrupt();
    if (word != AttachWord::end) return;
    asked_ = true;
    end_kernel();
}

void Attachment::end_kernel() {
    surroundings_.tenants.of(surroundings_.tenant).kernels().shutdown(kernel_->id(), [] {});
}

Awaitable<void> Attachment::wait_for(std::chrono::milliseconds time) {
    Timer timer(socket_.get_executor());
    timer.expires_after(time);
    co_await timer.async_wait(kAsTuple);
}

Awaitable<void> Attachment::say(AttachWord word, const std::string& text) {
    AttachMessage message{word};
    message.fields.push_back(text);
    const std::string encoded = encode(message);
    // Small enough for the socket's buffer, and if nobody is there any more, what is read next says so.
    co_await asio::async_write(socket_, asio::buffer(encoded), kAsTuple);
}

}  // namespace corncob::server
