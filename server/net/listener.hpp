// Accepts connections and gives each to an IO thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/gateway_config.hpp"
#include "protocol/result.hpp"
#include "server/door_observer.hpp"
#include "server/log.hpp"
#include "server/net/executor.hpp"
#include "server/net/io_pool.hpp"
#include "server/task_group.hpp"

namespace corncob::server {

/// A move-only count of one open connection.
class ConnectionUnit {
 public:
    explicit ConnectionUnit(std::shared_ptr<std::atomic<std::size_t>> open) : open_(std::move(open)) { ++*open_; }
    ConnectionUnit(ConnectionUnit&&) = default;
    ConnectionUnit& operator=(ConnectionUnit&&) = delete;
    ~ConnectionUnit() {
        if (open_) --*open_;
    }

 private:
    std::shared_ptr<std::atomic<std::size_t>> open_;
};

class Listener {
 public:
    /// What a connection does, on its own thread, under its number.
    using Serve = std::function<Awaitable<void>(TcpSocket, std::uint64_t number)>;

    /// Who comes beyond `connections_max` is told so, if connections are `plain`; under TLS that would take a
    /// handshake.
    Listener(IoPool& pool, TaskGroup& tasks, Log& log, Serve serve, std::size_t connections_max, DoorObserver& observer,
             bool plain);

    /// Takes the port. The failure says in words why it cannot.
    Result<void, ErrorCode> open(const std::string& ip, std::uint16_t port);
    /// The port that was taken, also where 0 was asked for.
    std::uint16_t port() const;
    /// Connections that are open now, whatever they speak. Any thread.
    std::size_t connections() const { return open_->load(); }

    /// The accept loop, until it is cancelled. Out of descriptors, it waits instead of spinning, and says so once.
    Awaitable<void> run();

 private:
    Awaitable<void> serve_one(TcpSocket socket, std::uint64_t number, ConnectionUnit unit);
    Awaitable<void> turn_away(TcpSocket socket);
    void accepted(TcpSocket socket);

    IoPool& pool_;
    TaskGroup& tasks_;
    Log& log_;
    const Serve serve_;
    const std::size_t connections_max_;
    DoorObserver& observer_;
    const bool plain_;
    TcpAcceptor acceptor_;
    const std::shared_ptr<std::atomic<std::size_t>> open_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::uint64_t number_ = 0;
    bool exhausted_ = false;
    bool full_ = false;
};

}  // namespace corncob::server
