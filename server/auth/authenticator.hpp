// Who is it? The interface behind which tokens, the Hub and whatever comes later stand.
#pragma once

#include <optional>
#include <string>

#include "protocol/ids.hpp"
#include "server/auth/credentials.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {

struct Rights {
    bool read = false;     ///< look at kernels and sessions
    bool execute = false;  ///< start, use and end them
    bool admin = false;    ///< see all tenants, end their kernels, drain the daemon: /api/admin
};

/// Who a request comes from; maps to one tenant.
struct Principal {
    protocol::TenantId tenant;
    std::string name;  ///< for people: /api/me and the log
    Rights rights;
};

class Authenticator {
 public:
    virtual ~Authenticator() = default;
    /// Nothing: these credentials prove nothing. Called on IO threads; must not block one. Thread-safe.
    virtual Awaitable<std::optional<Principal>> authenticate(Credentials credentials) = 0;
};

}  // namespace corncob::server
