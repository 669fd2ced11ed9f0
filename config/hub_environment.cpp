#include "config/hub_environment.hpp"

#include <charconv>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "config/text.hpp"

namespace corncob::config {
namespace {

constexpr const char* kApiUrl = "JUPYTERHUB_API_URL";
constexpr const char* kServiceUrl = "JUPYTERHUB_SERVICE_URL";
constexpr const char* kServicePrefix = "JUPYTERHUB_SERVICE_PREFIX";
constexpr const char* kScopes = "JUPYTERHUB_OAUTH_ACCESS_SCOPES";
constexpr const char* kScopesBefore3 = "JUPYTERHUB_OAUTH_SCOPES";

/// Empty: not there.
std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

/// A list of strings in JSON, of which YAML is a superset. Nothing: something else.
std::optional<std::vector<std::string>> parse_scopes(const std::string& text) {
    std::vector<std::string> scopes;
    try {
        const YAML::Node list = YAML::Load(text);
        if (!list.IsSequence()) return std::nullopt;
        for (const YAML::Node& scope : list) {
            if (!scope.IsScalar()) return std::nullopt;
            scopes.push_back(scope.Scalar());
        }
    } catch (const YAML::Exception&) {
        return std::nullopt;
    }
    return scopes;
}

void apply_scopes(const Environment& environment, HubConfig& hub, Report& report) {
    for (const char* variable : {kScopes, kScopesBefore3}) {
        const std::string text = value_of(environment, variable);
        if (text.empty()) continue;
        auto scopes = parse_scopes(text);
        if (scopes && !scopes->empty()) {
            hub.access_scopes = std::move(*scopes);
        } else {
            report.add({variable}, "", shown(text) + " is not a JSON list of scopes");
        }
        return;
    }
    const std::string service = value_of(environment, "JUPYTERHUB_SERVICE_NAME");
    const std::string user = value_of(environment, "JUPYTERHUB_USER");
    if (!service.empty()) {
        hub.access_scopes = {"access:services!service=" + service};
    } else if (!user.empty()) {
        hub.access_scopes = {"access:servers!server=" + user + "/" + value_of(environment, "JUPYTERHUB_SERVER_NAME")};
    } else {
        report.add({kApiUrl}, "",
                   "is set without JUPYTERHUB_SERVICE_NAME or " + std::string(kScopes) +
                       ": which users may come is not known");
    }
}

void apply_door(const Environment& environment, const HubConfig& hub, ServerConfig& server, Report& report) {
    const std::string prefix = value_of(environment, kServicePrefix);
    if (!prefix.empty() && !report.is_set("server.base_url")) {
        server.base_url = prefix;
        report.set_origin("server.base_url", {kServicePrefix});
    }
    const std::string url = value_of(environment, kServiceUrl);
    if (url.empty()) return;
    const auto origin = parse_url_origin(url);
    if (!origin) return report.add({kServiceUrl}, "", "is not the URL of an HTTP server");
    if (!report.is_set("server.ip")) {
        server.ip = origin->host;
        report.set_origin("server.ip", {kServiceUrl});
    }
    if (origin->port != 0 && !report.is_set("server.port")) {
        server.port = origin->port;
        report.set_origin("server.port", {kServiceUrl});
    }
    // The Hub and its proxy come by TLS then, each with a certificate of the Hub's own authority.
    if (origin->scheme == "https" && !report.is_set("server.tls.certificate")) {
        server.tls = {hub.certificate, hub.key, hub.ca};
        for (const char* key : {"certificate", "key", "client_ca"}) {
            report.set_origin(std::string("server.tls.") + key, {kServiceUrl});
        }
    }
}

}  // namespace

std::optional<UrlOrigin> parse_url_origin(std::string_view url) {
    const auto separator = url.find("://");
    if (separator == std::string_view::npos) return std::nullopt;
    UrlOrigin origin{std::string(url.substr(0, separator)), {}, 0};
    if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
    std::string_view authority = url.substr(separator + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    const auto bracket = authority.find(']');
    const bool is_v6 = authority.starts_with('[') && bracket != std::string_view::npos;
    const auto colon = authority.find(':', is_v6 ? bracket : 0);
    origin.host = is_v6 ? authority.substr(1, bracket - 1) : authority.substr(0, colon);
    if (origin.host.empty() || origin.host.find_first_of("@ []") != std::string::npos) return std::nullopt;
    if (colon == std::string_view::npos) return origin;
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    if (error != std::errc{} || end != port.data() + port.size() || origin.port == 0) return std::nullopt;
    return origin;
}

void apply_hub_environment(const Environment& environment, GatewayConfig& config, Report& report) {
    HubConfig hub;
    hub.api_url = without_slash(value_of(environment, kApiUrl));
    if (hub.api_url.empty()) return;
    if (!parse_url_origin(hub.api_url)) {
        report.add({kApiUrl}, "", "is not the URL of an HTTP server");  // not shown: there may be a password in it
    }
    hub.api_token = value_of(environment, "JUPYTERHUB_API_TOKEN");
    hub.client_id = value_of(environment, "JUPYTERHUB_CLIENT_ID");
    const std::string service = value_of(environment, "JUPYTERHUB_SERVICE_NAME");
    if (hub.client_id.empty() && !service.empty()) hub.client_id = "service-" + service;
    hub.callback_url = value_of(environment, "JUPYTERHUB_OAUTH_CALLBACK_URL");
    std::string hub_url = without_slash(value_of(environment, "JUPYTERHUB_PUBLIC_HUB_URL"));
    if (hub_url.empty()) {
        hub_url = value_of(environment, "JUPYTERHUB_HOST") +
                  without_slash(value_of(environment, "JUPYTERHUB_BASE_URL")) + "/hub";
    }
    hub.authorize_url = hub_url + "/api/oauth2/authorize";
    hub.https = value_of(environment, "JUPYTERHUB_PUBLIC_URL").starts_with("https:");
    hub.certificate = value_of(environment, "JUPYTERHUB_SSL_CERTFILE");
    hub.key = value_of(environment, "JUPYTERHUB_SSL_KEYFILE");
    hub.ca = value_of(environment, "JUPYTERHUB_SSL_CLIENT_CA");
    apply_scopes(environment, hub, report);
    apply_door(environment, hub, config.server, report);
    config.hub = std::move(hub);
}

}  // namespace corncob::config
