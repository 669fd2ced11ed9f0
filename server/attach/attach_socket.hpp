// The Unix socket on which the daemon waits for `corncob attach`: in a folder of its user's own, and one daemon's only.
#pragma once

#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "protocol/result.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {

using LocalSocket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;
using LocalAcceptor = asio::basic_socket_acceptor<asio::local::stream_protocol, Executor>;

enum class AttachSocketErrc { in_use, not_usable };

/// Of the executor's thread.
class AttachSocket {
 public:
    explicit AttachSocket(Executor executor) : acceptor_(executor) {}
    ~AttachSocket() { close(); }
    AttachSocket(const AttachSocket&) = delete;
    AttachSocket& operator=(const AttachSocket&) = delete;

    /// Takes the path, also from a daemon that has died. Whether one lives is known by a lock on `path`.lock, which
    /// ends with its process and is not passed on to what kernels fork. The failure is a sentence for the operator.
    Result<void, AttachSocketErrc> open(const std::string& path);
    LocalAcceptor& acceptor() { return acceptor_; }
    /// The socket's file goes, too. Idempotent.
    void close();

 private:
    Result<void, AttachSocketErrc> lock(const std::string& path);

    LocalAcceptor acceptor_;
    std::string path_;  // once it is taken
    int lock_ = -1;
};

}  // namespace corncob::server
