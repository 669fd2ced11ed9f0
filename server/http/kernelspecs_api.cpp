#include "server/http/kernelspecs_api.hpp"

#include "server/http/error_response.hpp"
#include "server/http/static_files.hpp"

namespace corncob::server {
namespace {

constexpr std::string_view kLogoPrefix = "logo-";

Response no_such_kernelspec(const std::string& name) {
    return error_response(http::status::not_found, "Kernel spec " + name + " not found");
}

}  // namespace

void KernelspecsApi::add_routes(Router& router) {
    using enum http::verb;
    router.add(get, "/api/kernelspecs", Access::read, [this](RequestScope&) { return list(); });
    router.add(get, "/api/kernelspecs/{}", Access::read, [this](RequestScope& scope) { return model(scope); });
    router.add(get, "/kernelspecs/{}/{*}", Access::read, [this](RequestScope& scope) { return file(scope); });
}

Response KernelspecsApi::list() const {
    nlohmann::json models = nlohmann::json::object();
    for (const auto& [name, spec] : kernelspecs_.all()) models[name] = to_json(to_model(spec, base_url_));
    return Response::json({{"default", kernelspecs_.default_name()}, {"kernelspecs", std::move(models)}});
}

Response KernelspecsApi::model(const RequestScope& scope) const {
    const std::string& name = scope.path_parameters.at(0);
    const auto* spec = kernelspecs_.find(name);
    if (!spec) return no_such_kernelspec(name);
    return Response::json(to_json(to_model(*spec, base_url_)));
}

Response KernelspecsApi::file(const RequestScope& scope) const {
    const std::string& name = scope.path_parameters.at(0);
    const std::string& file = scope.path_parameters.at(1);
    if (!kernelspecs_.find(name)) return no_such_kernelspec(name);
    // Every kernelspec wears the same logos; the other embedded files are no business of a kernelspec.
    const StaticFile* found = file.starts_with(kLogoPrefix) ? find_static_file(file) : nullptr;
    if (!found) return error_response(http::status::not_found, "Kernel spec " + name + " has no file " + file);
    Response response{http::status::ok, std::string(found->content), std::string(found->content_type), {}};
    response.headers.emplace_back("Cache-Control", "max-age=2592000");
    return response;
}

}  // namespace corncob::server
