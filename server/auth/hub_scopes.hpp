// JupyterHub's scopes: "access:services", "access:services!service=corncob", "access:servers!user=ada".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace corncob::server {

/// Whether one of `required` is granted: by itself, by the same scope without a filter, or, where it is about a server,
/// by that of the server's user. As the Hub's own clients do it, groups are not resolved to their users.
bool any_granted(const std::vector<std::string>& required, const std::vector<std::string>& granted);

/// Whether `granted` includes all of `required`.
bool grants(std::string_view granted, std::string_view required);

}  // namespace corncob::server
