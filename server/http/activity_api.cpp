#include "server/http/activity_api.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/rest/models.hpp"
#include "protocol/timestamp.hpp"
#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kAnswerTimeout{10};
constexpr const char* kHistory = "history";

/// Those that count now: cells may have changed what the kernelspec says.
json modes_of(const tenants::Kernel& kernel, const tenants::CellModes& now) {
    json modes = json::array();
    if (now.cache) modes.emplace_back("cache");
    if (now.react) modes.emplace_back("react");
    if (kernel.sessions()) modes.emplace_back(tenants::kMultiMode);
    if (now.concurrent) modes.emplace_back("concurrent");
    if (kernel.spec().loop == tenants::kTrio) modes.emplace_back(tenants::kTrio);
    return modes;
}

json kernel_model(const tenants::Kernel& kernel, const std::map<std::string, std::string>& paths) {
    json model = to_json(kernel.model());
    const auto figures = kernel.figures();
    const auto path = paths.find(kernel.id().str());
    model["path"] = path == paths.end() ? json(nullptr) : json(path->second);
    model["modes"] = modes_of(kernel, figures.modes);
    model["cells"] = {{"running", figures.cells_running},
                      {"waiting", figures.cells_waiting},
                      {"done", figures.cells_done},
                      {"failed", figures.cells_failed}};
    model["messages"] = {{"received", figures.messages_received}, {"sent", figures.messages_sent}};
    model["memory_bytes"] = figures.memory_bytes;
    return model;
}

/// Of the notebooks that have said which kernel is theirs, by its id.
std::map<std::string, std::string> paths_of(tenants::Tenant& tenant) {
    std::map<std::string, std::string> paths;
    for (const auto& session : tenant.sessions().list()) paths[session.kernel.id.str()] = session.path;
    return paths;
}

json limits_of(const tenants::Tenant& tenant) {
    json limits = json::array();
    for (const tenants::Limit* limit : tenant.limits()) {
        limits.push_back({{"name", limit->name()}, {"used", limit->used()}, {"maximum", limit->maximum()}});
    }
    return limits;
}

json history_model(const std::vector<ActivityHistory::Point>& points) {
    json moments = json::array();
    for (const ActivityHistory::Point& point : points) {
        moments.push_back({{"at", protocol::iso8601(point.at)},
                           {"kernels", point.kernels},
                           {"cells_per_second", point.cells_per_second},
                           {"messages_per_second", point.messages_per_second}});
    }
    return moments;
}

}  // namespace

void ActivityApi::add_routes(Router& router) {
    using enum http::verb;
    router.add_async(get, "/api/activity", Access::read, [this](RequestScope& scope) { return of_caller(scope); });
    router.add_async(get, "/api/admin/activity", Access::admin, [this](RequestScope& scope) { return of_all(scope); });
}

Awaitable<Response> ActivityApi::of_caller(RequestScope& scope) {
    std::vector<Subject> subjects;
    subjects.push_back({scope.tenant, sources_.connection_file_of(scope.tenant->id())});
    Question question{scope.principal, std::move(subjects), false, scope.query.get(kHistory).has_value()};
    Response response = co_await answer(std::move(question));
    co_return response;
}

Awaitable<Response> ActivityApi::of_all(RequestScope& scope) {
    std::vector<Subject> subjects;
    for (tenants::Tenant* tenant : sources_.tenants.all()) {
        subjects.push_back({tenant, sources_.connection_file_of(tenant->id())});
    }
    Question question{scope.principal, std::move(subjects), true, scope.query.get(kHistory).has_value()};
    Response response = co_await answer(std::move(question));
    co_return response;
}

Awaitable<Response> ActivityApi::answer(Question question) {
    std::function<std::string()> make = [this, question = std::move(question)] { return body(question); };
    auto made = co_await side_.ask<std::string>(std::move(make), kAnswerTimeout);
    Response response;
    if (made) {
        response.body = std::move(*made);
        response.headers.emplace_back("Cache-Control", "no-store");
    } else {
        response = error_response(http::status::service_unavailable, "To look at all kernels takes too long");
    }
    co_return response;
}

std::string ActivityApi::body(const Question& question) const {
    const auto& [principal, subjects, as_admin, with_history] = question;
    sources_.tenants.memory().measure();
    const bool with_kernels = as_admin || sources_.list_kernels;
    json models = json::array();
    for (const Subject& subject : subjects) models.push_back(tenant(subject, with_kernels));
    json names = json::object();
    for (const auto& [name, spec] : sources_.kernelspecs.all()) names[name] = spec.display_name;
    json whole{{"now", protocol::iso8601(std::chrono::system_clock::now())},
               {"started", protocol::iso8601(sources_.state.started())},
               {"version", CORNCOB_VERSION},
               {"isolation", sources_.isolation},
               {"draining", sources_.state.draining()},
               {"principal", {{"name", principal.name}, {"tenant", principal.tenant.str()}}},
               {"kernelspecs", std::move(names)},
               {"tenants", std::move(models)}};
    if (with_history && with_kernels) {
        std::vector<protocol::TenantId> names_of_tenants;
        names_of_tenants.reserve(subjects.size());
        for (const Subject& subject : subjects) names_of_tenants.push_back(subject.tenant->id());
        whole["history"] = history_model(sources_.history.of(names_of_tenants));
    }
    if (as_admin) whole["resident_bytes"] = sources_.tenants.memory().resident();
    return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

json ActivityApi::tenant(const Subject& subject, bool with_kernels) const {
    tenants::Tenant& tenant = *subject.tenant;
    json model{{"name", tenant.id().str()},
               {"limits", limits_of(tenant)},
               {"connection_file", subject.connection_file.empty() ? json(nullptr) : json(subject.connection_file)},
               {"kernels", nullptr}};
    if (!with_kernels) return model;
    json& kernels = model["kernels"] = json::array();
    const auto paths = paths_of(tenant);
    for (const auto& kernel : tenant.kernels().list()) kernels.push_back(kernel_model(*kernel, paths));
    return model;
}

}  // namespace corncob::server
