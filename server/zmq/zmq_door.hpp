// ZMQ for the kernels of the daemon: opens five sockets of a kernel when they are asked for, and keeps them until it
// ends.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/zmq/zmq_endpoint.hpp"

namespace corncob::server {

struct ZmqDoorSettings {
    std::string transport;
    std::string runtime_dir;  ///< of connection files, {tenant}/kernel-{id}.json, and of ipc sockets
    ZmqEndpointSettings endpoint;
};

/// For a kernel whose connection file is somebody else's.
struct GivenConnection {
    ConnectionInfo wanted;
    /// As in ZmqEndpointSettings.
    std::function<void(const protocol::ClientSessionId&)> on_shutdown_request{};
    std::function<void()> on_closed{};
};

inline constexpr std::chrono::seconds kGivenPortsTimeout{5};  ///< ports may still be bound by who had the file before

/// References outlive it.
class ZmqDoor {
 public:
    using Opened = ZmqEndpoint::Opened;

    ZmqDoor(ZmqDoorSettings settings, const tenants::Clock& clock, tenants::Observer& observer, DoorObserver& doors,
            Log& log);

    /// Where the kernel can be reached; opened now, if it is not yet. `opened` is called once, on the reactor's thread.
    /// Any thread.
    void connection_of(std::shared_ptr<tenants::Kernel> kernel, Opened opened);

    /// Opens the sockets of a new kernel where its file says. `opened` as above. Any thread.
    void serve(std::shared_ptr<tenants::Kernel> kernel, GivenConnection given, Opened opened);

    ZmqReactor& reactor() { return reactor_; }
    /// Kernels whose sockets are open or are being opened. Any thread.
    std::size_t kernels() const { return kernels_; }
    /// Of messages that wait for the reactor. Any thread.
    std::size_t outbox_bytes() const { return *settings_.endpoint.outbox_bytes; }

    /// After all kernels have been shut down: sends what still waits and ends the thread.
    void stop() { reactor_.stop(); }

 private:
    struct Entry {
        std::uint64_t number = 0;               // of its opening
        std::shared_ptr<ZmqEndpoint> endpoint;  // has the kernel, so that its address stays its own
        bool file_is_given = false;             // and written by others
        std::string connection_file{};          // once it is written
        std::optional<ConnectionInfo> info{};   // once it is open
        std::vector<Opened> waiting{};          // until then
    };
    using Key = const tenants::Kernel*;

    // All of the reactor's thread.
    void begin_opening(const std::shared_ptr<tenants::Kernel>& kernel);
    void open(const std::shared_ptr<tenants::Kernel>& kernel, ConnectionInfo wanted, ZmqEndpointSettings settings);
    void finish_opening(const tenants::Kernel& kernel, ConnectionResult<ConnectionInfo> result);
    ConnectionResult<std::string> write_file(const tenants::Kernel& kernel, const ConnectionInfo& info) const;
    std::string folder_of(const tenants::Kernel& kernel) const;
    void forget(Key kernel, std::uint64_t number);

    const ZmqDoorSettings settings_;
    const tenants::Clock& clock_;
    tenants::Observer& observer_;
    DoorObserver& doors_;
    Log& log_;
    std::uint64_t opened_ = 0;
    std::map<Key, Entry> entries_;         // bounded by the kernels there are
    std::atomic<std::size_t> kernels_{0};  // as many
    ZmqReactor reactor_;                   // last: its thread uses all of the above
};

}  // namespace corncob::server
