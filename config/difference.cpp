#include "config/difference.hpp"

#include <set>

#include "config/fields.hpp"

namespace corncob::config {
namespace {

void compare_kernelspecs(const GatewayConfig& one, const GatewayConfig& other, std::vector<std::string>& keys) {
    for (const auto& [name, spec] : one.kernelspecs) {
        const auto found = other.kernelspecs.find(name);
        if (found == other.kernelspecs.end() || !(found->second == spec)) keys.push_back("kernelspecs." + name);
    }
    for (const auto& [name, spec] : other.kernelspecs) {
        if (!one.kernelspecs.contains(name)) keys.push_back("kernelspecs." + name);
    }
}

const TenantConfig& tenant_of(const TenantsConfig& tenants, const std::string& name) {
    const auto found = tenants.named.find(name);
    return found == tenants.named.end() ? tenants.defaults : found->second;
}

/// A tenant that is named in one only has the defaults in the other. What it has from the defaults on both sides is
/// theirs.
void compare_tenants(const TenantsConfig& one, const TenantsConfig& other, std::vector<std::string>& keys) {
    std::set<std::string> names;
    for (const auto* tenants : {&one, &other}) {
        for (const auto& [name, tenant] : tenants->named) names.insert(name);
    }
    for (const std::string& name : names) {
        for (const auto& field : tenant_fields()) {
            const std::string before = value_text(field, tenant_of(one, name));
            const std::string after = value_text(field, tenant_of(other, name));
            const bool inherited =
                before == value_text(field, one.defaults) && after == value_text(field, other.defaults);
            if (before != after && !inherited) keys.push_back("tenants." + name + "." + field.key);
        }
    }
}

}  // namespace

std::vector<std::string> differing_keys(const GatewayConfig& one, const GatewayConfig& other) {
    std::vector<std::string> keys;
    for (const auto& field : gateway_fields()) {
        if (value_text(field, one) != value_text(field, other)) keys.push_back(field.key);
    }
    if (one.auth.tokens != other.auth.tokens) keys.emplace_back("auth.tokens");
    compare_tenants(one.tenants, other.tenants, keys);
    compare_kernelspecs(one, other, keys);
    return keys;
}

}  // namespace corncob::config
