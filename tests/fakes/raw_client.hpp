// A TCP client that sends bytes as they are, with a deadline on every wait.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/fakes/gate.hpp"

namespace corncob::tests {

class RawClient {
 public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        // Small and fixed: a client that does not read is noticed soon, on every machine.
        const int buffer_bytes = 262144;
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("RawClient: cannot connect to port " + std::to_string(port));
        }
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// False: the server no longer takes anything.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!wait(POLLOUT)) return false;
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// At least `bytes` bytes are in received(). False: the server has closed first, or the deadline has passed.
    bool fill(std::size_t bytes) {
        while (received_.size() < bytes) {
            char chunk[65536];
            if (!wait(POLLIN)) return false;
            const auto got = ::recv(socket_, chunk, sizeof chunk, 0);
            if (got <= 0) {
                closed_ = true;
                return false;
            }
            received_.append(chunk, static_cast<std::size_t>(got));
        }
        return true;
    }

    std::string take(std::size_t bytes) {
        std::string out = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return out;
    }

    /// One response: head and, by its Content-Length, body. What there is, if the server closes first.
    std::string read_response(bool with_body = true) {
        std::size_t end = std::string::npos;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!fill(received_.size() + 1)) return take(received_.size());
        }
        end += 4;
        const auto length = received_.find("Content-Length: ");
        if (with_body && length < end) end += std::stoul(received_.substr(length + 16));
        fill(end);
        return take(end);
    }

    /// Everything until the server closes.
    std::string read_all() {
        while (fill(received_.size() + 1)) {
        }
        return take(received_.size());
    }
    /// The server has closed; what it sent before is in received(). False: not within the deadline.
    bool wait_closed() {
        while (fill(received_.size() + 1)) {
        }
        return closed_;
    }

    std::string_view received() const { return received_; }

 private:
    bool wait(short what) const {
        pollfd each{socket_, what, 0};
        return ::poll(&each, 1, static_cast<int>(std::chrono::milliseconds(kDeadline).count())) > 0;
    }

    const int socket_;
    std::string received_;
    bool closed_ = false;
};

}  // namespace corncob::tests
