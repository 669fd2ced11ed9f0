#include "server/http/lab_api.hpp"

#include "protocol/timestamp.hpp"
#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

Response root_directory(RequestScope& scope) {
    if (!scope.path_parameters.empty() && !scope.path_parameters[0].empty()) {
        return error_response(http::status::not_found, "No such file or directory: " + scope.path_parameters[0]);
    }
    const std::string when = protocol::iso8601({});
    return Response::json({{"name", ""},
                           {"path", ""},
                           {"type", "directory"},
                           {"format", "json"},
                           {"content", json::array()},
                           {"mimetype", nullptr},
                           {"size", nullptr},
                           {"created", when},
                           {"last_modified", when},
                           {"writable", false}});
}

Response empty_object(RequestScope&) {
    return Response::json(json::object());
}
Response empty_list(RequestScope&) {
    return Response::json(json::array());
}

Response no_terminals(RequestScope&) {
    return error_response(http::status::not_implemented, "Terminals are not available here");
}

}  // namespace

void add_lab_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api/contents", Access::read, root_directory);
    router.add(get, "/api/contents/{*}", Access::read, root_directory);
    router.add(get, "/api/config/{}", Access::read, empty_object);
    router.add(put, "/api/config/{}", Access::read, empty_object);
    router.add(patch, "/api/config/{}", Access::read, empty_object);
    router.add(get, "/api/terminals", Access::read, empty_list);
    router.add(post, "/api/terminals", Access::read, no_terminals);
    router.add(get, "/api/nbconvert", Access::read, empty_object);
}

}  // namespace corncob::server
