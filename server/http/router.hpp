// Method and path -> handler, known at start.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/request_scope.hpp"

namespace corncob::server {

/// What a principal must be allowed for a route.
enum class Access { open, known, read, execute, admin };  // known: whatever its rights are

using SyncHandler = std::function<Response(RequestScope&)>;
using AsyncHandler = std::function<Awaitable<Response>(RequestScope&)>;
using Handler = std::variant<SyncHandler, AsyncHandler>;

struct Route {
    http::verb method;
    std::vector<std::string> segments;  ///< "{}" stands for one segment, "{*}" at the end for the rest
    Access access;
    Handler handler;
};

struct RouteMatch {
    enum class Kind { found, no_such_path, no_such_method, malformed };
    Kind kind = Kind::no_such_path;
    const Route* route = nullptr;         ///< if found
    std::vector<std::string> parameters;  ///< if found: decoded, in the pattern's order
    std::string allow;                    ///< if the path is known: value of the Allow header
};

/// Filled at start, read-only afterwards, hence thread-safe.
class Router {
 public:
    /// `base_url` begins and ends with a slash and prefixes every pattern.
    explicit Router(std::string base_url) : base_url_(std::move(base_url)) {}

    /// `pattern` like "/api/kernels/{}/interrupt". A GET route answers HEAD too.
    void add(http::verb method, std::string_view pattern, Access access, SyncHandler handler);
    void add_async(http::verb method, std::string_view pattern, Access access, AsyncHandler handler);

    /// "GET /api/kernels/{} read", one a route, for the log.
    std::vector<std::string> listing() const;
    RouteMatch match(http::verb method, std::string_view path) const;
    const std::string& base_url() const { return base_url_; }

 private:
    const std::string base_url_;
    std::vector<Route> routes_;
};

}  // namespace corncob::server
