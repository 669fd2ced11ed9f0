#include "server/auth/authenticator.hpp"

namespace corncob::server {

Awaitable<Authentication> AuthenticatorChain::authenticate(Credentials credentials) {
    Authentication found = std::optional<Principal>();
    for (Authenticator* member : members_) {
        found = co_await member->authenticate(credentials);
        if (!found || *found) break;
    }
    co_return found;
}

}  // namespace corncob::server
