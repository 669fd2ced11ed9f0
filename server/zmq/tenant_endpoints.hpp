// Five sockets for each tenant that has `zmq: true`, from the daemon's start to its end.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/zmq/tenant_sessions.hpp"
#include "server/zmq/zmq_door.hpp"

namespace corncob::server {

/// The tenants that are to have an endpoint: of those that `config` names, be it for a token of theirs, and of the one
/// that `--token` is for.
std::set<std::string> tenants_with_endpoint(const config::GatewayConfig& config);

/// Opened and closed on one thread, while no other looks. References outlive it.
class TenantEndpoints {
 public:
    TenantEndpoints(ZmqDoorSettings settings, TenantSessionsSettings sessions, ZmqReactor& reactor,
                    const tenants::Clock& clock, tenants::Observer& observer, DoorObserver& doors, Log& log)
        : settings_(std::move(settings)),
          sessions_(sessions),
          reactor_(reactor),
          clock_(clock),
          observer_(observer),
          doors_(doors),
          log_(log) {}

    /// Opens the tenant's sockets under a new key and writes {runtime_dir}/{tenant}/kernel.json. The failure is a
    /// sentence for the operator.
    ConnectionResult<void> open(tenants::Tenant& tenant);
    /// The connection file of a tenant's sockets; empty: it has none.
    std::string file_of(const protocol::TenantId& tenant) const;
    /// Closes all of them and takes the files away, if they are still of these sockets.
    void close();

 private:
    struct Entry {
        protocol::TenantId tenant;
        std::shared_ptr<ZmqEndpoint> endpoint;
        std::string file;
        std::string key;
    };

    const ZmqDoorSettings settings_;
    const TenantSessionsSettings sessions_;
    ZmqReactor& reactor_;
    const tenants::Clock& clock_;
    tenants::Observer& observer_;
    DoorObserver& doors_;
    Log& log_;
    std::vector<Entry> entries_;
};

}  // namespace corncob::server
