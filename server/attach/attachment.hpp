// One `corncob attach` and the kernel that it stands for.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/attach/attach_socket.hpp"
#include "server/attach/attach_wire.hpp"
#include "server/log.hpp"
#include "server/zmq/zmq_door.hpp"
#include "tenants/tenant_registry.hpp"

namespace corncob::server {

/// References outlive the attachments.
struct AttachSurroundings {
    tenants::TenantRegistry& tenants;
    ZmqDoor& zmq;
    Log& log;
    protocol::TenantId tenant;             ///< of the kernels
    std::chrono::seconds request_timeout;  ///< for the request, from the connection on
    std::function<bool(uid_t)> admits;     ///< whom
};

/// Of its socket's thread, but for what the reactor says. Made as a shared_ptr.
class Attachment : public std::enable_shared_from_this<Attachment> {
 public:
    Attachment(LocalSocket socket, const AttachSurroundings& surroundings)
        : socket_(std::move(socket)), surroundings_(surroundings) {}

    /// The whole conversation. It ends with the kernel, and ends the kernel when the other side is gone.
    Awaitable<void> run();

 private:
    enum class Errc { refused };
    template <class T>
    using Said = Result<T, Errc>;  ///< a failure is a sentence for whoever attaches

    /// Up to the open sockets. Gives what is to be written into the connection file; empty: it is complete.
    Awaitable<Said<std::string>> begin();
    Awaitable<Said<AttachRequest>> read_request();
    static Said<ConnectionInfo> wanted_connection(const AttachRequest& request);
    Said<void> start_kernel(AttachRequest request);
    Awaitable<Said<ConnectionInfo>> open_sockets(ConnectionInfo wanted);
    /// Until the kernel's sockets are closed, or the other side is gone.
    Awaitable<void> follow();
    void obey(AttachWord word);
    Awaitable<void> wait_for(std::chrono::milliseconds time);
    Awaitable<void> say(AttachWord word, const std::string& text);
    void end_kernel();

    LocalSocket socket_;
    const AttachSurroundings& surroundings_;
    std::string received_;
    std::shared_ptr<tenants::Kernel> kernel_;
    bool closed_ = false;             // the kernel's sockets
    std::atomic<bool> asked_{false};  // to end the kernel
};

}  // namespace corncob::server
