#include "server/zmq/zmq_door.hpp"

#include <unistd.h>

#include <utility>

#include <boost/asio/post.hpp>

#include "server/zmq/lone_kernel.hpp"
#include "server/zmq/private_folder.hpp"

namespace corncob::server {

ZmqDoor::ZmqDoor(ZmqDoorSettings settings, const tenants::Clock& clock, tenants::Observer& observer,
                 DoorObserver& doors, Log& log)
    : settings_(std::move(settings)), clock_(clock), observer_(observer), doors_(doors), log_(log) {}

void ZmqDoor::connection_of(std::shared_ptr<tenants::Kernel> kernel, Opened opened) {
    asio::post(reactor_.executor(), [this, kernel = std::move(kernel), opened = std::move(opened)]() mutable {
        const auto [found, is_new] = entries_.try_emplace(kernel.get());
        if (found->second.info) return opened(*found->second.info);
        found->second.waiting.push_back(std::move(opened));
        if (is_new) begin_opening(kernel);
    });
}

void ZmqDoor::serve(std::shared_ptr<tenants::Kernel> kernel, GivenConnection given, Opened opened) {
    asio::post(reactor_.executor(),
               [this, kernel = std::move(kernel), given = std::move(given), opened = std::move(opened)]() mutable {
                   ZmqEndpointSettings settings = settings_.endpoint;
                   settings.bind_timeout = kGivenPortsTimeout;
                   settings.on_shutdown_request = std::move(given.on_shutdown_request);
                   settings.on_closed = std::move(given.on_closed);
                   Entry& entry = entries_[kernel.get()];
                   entry.file_is_given = true;
                   entry.waiting.push_back(std::move(opened));
                   open(kernel, std::move(given.wanted), std::move(settings));
               });
}

void ZmqDoor::begin_opening(const std::shared_ptr<tenants::Kernel>& kernel) {
    ConnectionInfo wanted = new_connection();
    wanted.transport = settings_.transport;
    wanted.others["kernel_name"] = kernel->spec().name;
    // Also of tcp, whose ports are nobody's secret, the folder must be there for the connection file.
    if (auto made = make_private_folder(folder_of(*kernel)); !made) return finish_opening(*kernel, made.error());
    if (wanted.transport == "ipc") wanted.ip = folder_of(*kernel) + "/" + kernel->id().str();
    open(kernel, std::move(wanted), settings_.endpoint);
}

void ZmqDoor::open(const std::shared_ptr<tenants::Kernel>& kernel, ConnectionInfo wanted,
                   ZmqEndpointSettings settings) {
    const auto number = ++opened_;
    settings.message_bytes_max = kernel->message_bytes_max(settings.message_bytes_max);
    settings.outbox_bytes_max = kernel->outbox_bytes_max(settings.outbox_bytes_max);
    settings.on_closed = [this, key = kernel.get(), number, also = std::move(settings.on_closed)] {
        forget(key, number);
        if (also) also();
    };
    const auto endpoint = std::make_shared<ZmqEndpoint>(reactor_, std::make_shared<LoneKernel>(kernel),
                                                        std::move(settings), clock_, observer_, doors_, log_);
    kernels_ = entries_.size();
    Entry& entry = entries_.at(kernel.get());
    entry.number = number;
    entry.endpoint = endpoint;
    endpoint->open(std::move(wanted), [this, kernel](ConnectionResult<ConnectionInfo> result) {
        finish_opening(*kernel, std::move(result));
    });
}

void ZmqDoor::finish_opening(const tenants::Kernel& kernel, ConnectionResult<ConnectionInfo> result) {
    Entry& entry = entries_.at(&kernel);
    if (result && entry.file_is_given) entry.info = *result;
    if (result && !entry.file_is_given) {
        auto written = write_file(kernel, *result);
        if (written) {
            entry.connection_file = std::move(*written);
            result->path = entry.connection_file;
            entry.info = *result;
        } else {
            entry.endpoint->close();
            result = written.error();
        }
    }
    const std::vector<Opened> waiting = std::exchange(entry.waiting, {});
    if (!result) {
        log_.error("tenant={} kernel={} cannot be reached by ZMQ: {}", kernel.tenant().str(), kernel.id().str(),
                   result.error().detail);
        forget(&kernel, entry.number);
    }
    for (const Opened& opened : waiting) opened(result);
}

std::string ZmqDoor::folder_of(const tenants::Kernel& kernel) const {
    return settings_.runtime_dir + "/" + file_name_of(kernel.tenant().str());
}

ConnectionResult<std::string> ZmqDoor::write_file(const tenants::Kernel& kernel, const ConnectionInfo& info) const {
    std::string path = folder_of(kernel) + "/kernel-" + kernel.id().str() + ".json";
    if (auto written = write_connection_file(path, info); !written) return written.error();
    return path;
}

void ZmqDoor::forget(Key kernel, std::uint64_t number) {
    const auto found = entries_.find(kernel);
    if (found == entries_.end() || found->second.number != number) return;
    if (!found->second.connection_file.empty()) ::unlink(found->second.connection_file.c_str());
    entries_.erase(found);
    kernels_ = entries_.size();
}

}  // namespace corncob::server
