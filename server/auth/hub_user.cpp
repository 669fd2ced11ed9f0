#include "server/auth/hub_user.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "config/text.hpp"
#include "server/auth/hub_scopes.hpp"
#include "server/auth/token_authenticator.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

constexpr std::size_t kTenantNameMax = 64;               // as in a configuration
constexpr const char* kServicePrefix = "service@";       // no user's tenant begins like this
constexpr const char* kDigestPrefix = "sha256@";         // nor like this, but by its digest
constexpr const char* kTenantOfAll = "jupyterhub";       // of tenant_by: all
constexpr std::string_view kTenantPunctuation = "._@-";  // as in a configuration

std::vector<std::string> strings_of(const json& model, const char* key) {
    std::vector<std::string> strings;
    const auto found = model.find(key);
    if (found == model.end() || !found->is_array()) return strings;
    for (const json& each : *found) {
        if (each.is_string()) strings.push_back(each.get<std::string>());
    }
    return strings;
}

bool flag_of(const json& model, const char* key) {
    const auto found = model.find(key);
    return found != model.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        std::string_view word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        while (word.starts_with(' ')) word.remove_prefix(1);
        while (word.ends_with(' ')) word.remove_suffix(1);
        if (!word.empty()) words.emplace_back(word);
    }
    return words;
}

/// Of those that are tenants, the first. Nothing: the user is in none.
std::optional<std::string> group_of(const HubUser& user, const std::string& listed) {
    const std::vector<std::string> tenants = split_list(listed);
    std::vector<std::string> own = user.groups;
    std::sort(own.begin(), own.end());
    if (tenants.empty()) return own.empty() ? std::nullopt : std::optional(own.front());
    const auto found = std::find_if(tenants.begin(), tenants.end(), [&](const std::string& group) {
        return std::binary_search(own.begin(), own.end(), group);
    });
    return found == tenants.end() ? std::nullopt : std::optional(*found);
}

std::optional<protocol::TenantId> tenant_of(const HubUser& user, const config::JupyterhubConfig& config) {
    if (config.tenant_by == "all") return protocol::TenantId(kTenantOfAll);
    if (config.tenant_by == "group") {
        const auto group = group_of(user, config.groups);
        return group ? std::optional(tenant_called(*group)) : std::nullopt;
    }
    const protocol::TenantId own = tenant_called(user.name);
    return user.is_service ? protocol::TenantId(kServicePrefix + own.str()) : own;
}

}  // namespace

std::optional<HubUser> parse_hub_user(std::string_view text) {
    const json model = json::parse(text, nullptr, false);
    if (!model.is_object()) return std::nullopt;
    const auto name = model.find("name");
    if (name == model.end() || !name->is_string() || name->get_ref<const std::string&>().empty()) return std::nullopt;
    const auto kind = model.find("kind");
    return HubUser{.name = name->get<std::string>(),
                   .is_service = kind != model.end() && *kind == "service",
                   .is_admin = flag_of(model, "admin"),
                   .groups = strings_of(model, "groups"),
                   .scopes = strings_of(model, "scopes")};
}

Result<Principal, AuthErrc> principal_of(const HubUser& user, const std::vector<std::string>& access_scopes,
                                         const config::JupyterhubConfig& config) {
    const auto refused = [&](const std::string& why) {
        return Failure<AuthErrc>{AuthErrc::not_allowed, "JupyterHub's user " + config::shown(user.name) + " " + why};
    };
    if (!any_granted(access_scopes, user.scopes)) {
        return refused("may not use this service with this token: it has none of the scopes " +
                       config::joined(access_scopes));
    }
    auto tenant = tenant_of(user, config);
    if (!tenant) return refused("is in no group that is a tenant here");
    const bool admin = config.admin_by == "hub" && user.is_admin;
    return Principal{std::move(*tenant), user.name, {.read = true, .execute = true, .admin = admin}};
}

protocol::TenantId tenant_called(const std::string& name) {
    const bool reserved = name == kDefaultTenant || name == "defaults" || name.starts_with(kServicePrefix) ||
                          name.starts_with(kDigestPrefix) || name.starts_with('.');
    if (!reserved && config::is_word(name, kTenantPunctuation, kTenantNameMax)) return protocol::TenantId(name);
    constexpr char kHex[] = "0123456789abcdef";
    std::string tenant = kDigestPrefix;
    for (const unsigned char byte : digest_of(name)) {
        tenant += kHex[byte >> 4U];
        tenant += kHex[byte & 15U];
    }
    return protocol::TenantId(tenant.substr(0, kTenantNameMax));
}

}  // namespace corncob::server
