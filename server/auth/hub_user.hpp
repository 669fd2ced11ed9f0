// Who the Hub says it is, and who that is here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.hpp"
#include "server/auth/authenticator.hpp"

namespace corncob::server {

/// What the Hub tells of the owner of a token.
struct HubUser {
    std::string name;
    bool is_service = false;
    bool is_admin = false;
    std::vector<std::string> groups{};
    std::vector<std::string> scopes{};  ///< of the token
};

/// The Hub's user model. Nothing: it is none.
std::optional<HubUser> parse_hub_user(std::string_view json);

/// The principal, or why the user may not come: no scope, no tenant.
Result<Principal, AuthErrc> principal_of(const HubUser& user, const std::vector<std::string>& access_scopes,
                                         const config::JupyterhubConfig& config);

/// Different names are different tenants, whatever the Hub allows in a name; none is the tenant `default`.
protocol::TenantId tenant_called(const std::string& name);

}  // namespace corncob::server
