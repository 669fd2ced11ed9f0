#include "server/http/sessions_api.hpp"

#include "protocol/rest/models.hpp"
#include "server/completion.hpp"
#include "server/http/error_response.hpp"
#include "server/http/json_body.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;
using protocol::KernelId;
using protocol::SessionId;
using tenants::Errc;
using tenants::Failure;

/// All fields that a request may give; which ones must be there is the caller's matter.
tenants::Result<tenants::PatchSession> fields_of(const json& body) {
    auto path = string_field(body, "path");
    if (!path) return path.error();
    auto name = string_field(body, "name");
    if (!name) return name.error();
    auto type = string_field(body, "type");
    if (!type) return type.error();
    const auto kernel = object_field(body, "kernel");
    if (!kernel) return kernel.error();
    auto kernel_name = string_field(kernel->value, "name");
    if (!kernel_name) return kernel_name.error();
    auto kernel_id = string_field(kernel->value, "id");
    if (!kernel_id) return kernel_id.error();
    tenants::PatchSession fields{std::move(*path), std::move(*name), std::move(*type), std::move(*kernel_name), {}};
    if (*kernel_id) fields.kernel_id = KernelId(std::move(**kernel_id));
    return fields;
}

/// The older form {"notebook": {"path", "name"}} becomes the newer one.
tenants::Result<JsonObject> modernise(json body) {
    if (!body.contains("notebook")) return JsonObject{std::move(body)};
    const auto notebook = object_field(body, "notebook");
    if (!notebook) return notebook.error();
    for (const char* key : {"path", "name"}) {
        if (!body.contains(key) && notebook->value.contains(key)) body[key] = notebook->value[key];
    }
    if (!body.contains("type")) body["type"] = "notebook";
    return JsonObject{std::move(body)};
}

tenants::Result<tenants::CreateSession> create_request_of(const std::string& text) {
    if (text.empty()) return Failure{Errc::missing_field, "No JSON data provided"};
    auto parsed = parse_json_body(text);
    if (!parsed) return parsed.error();
    const auto body = modernise(std::move(parsed->value));
    if (!body) return body.error();
    auto fields = fields_of(body->value);
    if (!fields) return fields.error();
    if (!fields->path) return Failure{Errc::missing_field, "Missing field in JSON data: path"};
    if (!fields->type) return Failure{Errc::missing_field, "Missing field in JSON data: type"};
    return tenants::CreateSession{std::move(*fields->path), fields->name.value_or(""), std::move(*fields->type),
                                  std::move(fields->kernel_name), std::move(fields->kernel_id)};
}

/// jupyter_server's answers differ by route: here an unknown kernelspec is a 501 with a short message, an unknown
/// kernel a 400.
Response refusal(const Failure& failure, const std::optional<std::string>& kernel_name) {
    if (failure.code == Errc::no_such_kernelspec) {
        const std::string name = kernel_name.value_or("");
        return Response::json({{"message", "The '" + name + "' kernel is not available. Please pick another suitable " +
                                               "kernel instead, or install that kernel."},
                               {"short_message", name + " not found"},
                               {"reason", std::string(http::obsolete_reason(http::status::not_implemented))}},
                              http::status::not_implemented);
    }
    if (failure.code == Errc::no_such_kernel) return error_response(http::status::bad_request, failure.detail);
    return error_response(failure);
}

Response no_such_session(const std::string& session_id) {
    return error_response(http::status::not_found, "Session not found: session_id='" + session_id + "'");
}

Response model(RequestScope& scope) {
    const auto session = scope.tenant->sessions().find(SessionId(scope.path_parameters.at(0)));
    if (!session) return no_such_session(scope.path_parameters[0]);
    return Response::json(to_json(*session));
}

Response patch_session(RequestScope& scope) {
    const auto body = parse_json_body(scope.request.body());
    if (!body) return error_response(body.error());
    auto fields = fields_of(body->value);
    if (!fields) return error_response(fields.error());
    const auto kernel_name = fields->kernel_name;
    const auto session = scope.tenant->sessions().patch(SessionId(scope.path_parameters.at(0)), std::move(*fields));
    if (!session && session.error().code == Errc::no_such_session) return no_such_session(scope.path_parameters[0]);
    if (!session) return refusal(session.error(), kernel_name);
    scope.kernel = session->kernel.id.str();
    return Response::json(to_json(*session));
}

}  // namespace

void SessionsApi::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api/sessions", Access::read, [this](RequestScope& scope) { return list(scope); });
    router.add(post, "/api/sessions", Access::execute, [this](RequestScope& scope) { return create(scope); });
    router.add(get, "/api/sessions/{}", Access::read, model);
    router.add(patch, "/api/sessions/{}", Access::execute, patch_session);
    router.add_async(delete_, "/api/sessions/{}", Access::execute,
                     [this](RequestScope& scope) { return remove(scope); });
}

Response SessionsApi::list(RequestScope& scope) const {
    if (!list_kernels_) return error_response(http::status::forbidden, "Forbidden");
    json models = json::array();
    for (const auto& session : scope.tenant->sessions().list()) models.push_back(to_json(session));
    return Response::json(models);
}

Response SessionsApi::create(RequestScope& scope) const {
    auto request = create_request_of(scope.request.body());
    if (!request) return error_response(request.error());
    const auto kernel_name = request->kernel_name;
    const auto created = scope.tenant->sessions().create(std::move(*request));
    if (!created) return refusal(created.error(), kernel_name);
    scope.kernel = created->model.kernel.id.str();
    Response response = Response::json(to_json(created->model), http::status::created);
    response.headers.emplace_back("Location", base_url_ + "api/sessions/" + percent_encode(created->model.id.str()));
    return response;
}

Awaitable<Response> SessionsApi::remove(RequestScope& scope) const {
    const Executor executor = co_await asio::this_coro::executor;
    Completion ended(executor);
    using Removed = tenants::SessionRegistry::Removed;
    const std::string& id = scope.path_parameters.at(0);
    const Removed removed = scope.tenant->sessions().remove(SessionId(id), ended.notifier());
    if (removed == Removed::no_such_session) co_return no_such_session(id);
    if (removed == Removed::kernel_was_gone) {
        co_return error_response(http::status::gone, "Kernel deleted before session");
    }
    co_await ended.wait(kEndGrace);
    co_return Response::no_content();
}

}  // namespace corncob::server
