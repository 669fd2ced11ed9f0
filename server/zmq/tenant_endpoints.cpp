#include "server/zmq/tenant_endpoints.hpp"

#include <unistd.h>

#include <future>
#include <map>
#include <utility>

#include "server/auth/token_authenticator.hpp"
#include "server/zmq/private_folder.hpp"

namespace corncob::server {

std::set<std::string> tenants_with_endpoint(const config::GatewayConfig& config) {
    const config::TenantsConfig& tenants = config.tenants;
    std::map<std::string, bool> wanted{{kDefaultTenant, tenants.defaults.zmq}};
    for (const config::TokenConfig& token : config.auth.tokens) wanted[token.tenant] = tenants.defaults.zmq;
    for (const auto& [name, tenant] : tenants.named) wanted[name] = tenant.zmq;
    std::set<std::string> names;
    for (const auto& [name, zmq] : wanted) {
        if (zmq) names.insert(name);
    }
    return names;
}

ConnectionResult<void> TenantEndpoints::open(tenants::Tenant& tenant) {
    const std::string folder = settings_.runtime_dir + "/" + file_name_of(tenant.id().str());
    if (auto made = make_private_folder(folder); !made) return made.error();
    ConnectionInfo wanted = new_connection();
    wanted.transport = settings_.transport;
    if (wanted.transport == "ipc") wanted.ip = folder + "/kernel";
    const auto backend = std::make_shared<TenantSessions>(tenant, sessions_, clock_, log_, reactor_);
    const auto endpoint =
        std::make_shared<ZmqEndpoint>(reactor_, backend, settings_.endpoint, clock_, observer_, doors_, log_);
    std::promise<ConnectionResult<ConnectionInfo>> opened;
    endpoint->open(std::move(wanted), [&opened](auto result) { opened.set_value(std::move(result)); });
    const auto info = opened.get_future().get();
    if (!info) return info.error();
    Entry& entry = entries_.emplace_back(Entry{tenant.id(), endpoint, folder + "/kernel.json", info->key});
    return write_connection_file(entry.file, *info);
}

std::string TenantEndpoints::file_of(const protocol::TenantId& tenant) const {
    for (const Entry& entry : entries_) {
        if (entry.tenant == tenant) return entry.file;
    }
    return {};
}

void TenantEndpoints::close() {
    for (const Entry& entry : std::exchange(entries_, {})) {
        entry.endpoint->close();
        const auto written = read_connection_file(entry.file);
        if (written && written->key == entry.key) ::unlink(entry.file.c_str());
    }
}

}  // namespace corncob::server
