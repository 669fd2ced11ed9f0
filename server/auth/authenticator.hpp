// Who is it? The interface behind which tokens, the Hub and whatever comes later stand.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/result.hpp"
#include "server/auth/credentials.hpp"
#include "server/net/executor.hpp"

namespace corncob::server {

struct Rights {
    bool read = false;     ///< look at kernels and sessions
    bool execute = false;  ///< start, use and end them
    bool admin = false;    ///< see all tenants, end their kernels, drain the daemon: /api/admin
    bool operator==(const Rights&) const = default;
};

/// Who a request comes from; maps to one tenant.
struct Principal {
    protocol::TenantId tenant;
    std::string name;  ///< for people: /api/me and the log
    Rights rights;
};

/// Why credentials that may well be somebody's give no principal.
enum class AuthErrc {
    not_allowed,  ///< it is known who it is, and that they may not come
    unavailable,  ///< whoever could tell does not answer
};

/// A principal; nothing: these credentials prove nothing; or why it is neither.
using Authentication = Result<std::optional<Principal>, AuthErrc>;

class Authenticator {
 public:
    virtual ~Authenticator() = default;
    /// Called on IO threads; must not block one. Thread-safe.
    virtual Awaitable<Authentication> authenticate(Credentials credentials) = 0;
};

/// Several in their order: the first to which the credentials mean something decides. References outlive it.
class AuthenticatorChain final : public Authenticator {
 public:
    explicit AuthenticatorChain(std::vector<Authenticator*> members) : members_(std::move(members)) {}
    Awaitable<Authentication> authenticate(Credentials credentials) override;

 private:
    const std::vector<Authenticator*> members_;
};

}  // namespace corncob::server
