// What JupyterHub tells, and what wins over it.
#include "config/hub_environment.hpp"

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

const Environment kManaged = {
    {"JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api"},
    {"JUPYTERHUB_API_TOKEN", "ours"},
    {"JUPYTERHUB_BASE_URL", "/"},
    {"JUPYTERHUB_CLIENT_ID", "service-corncob"},
    {"JUPYTERHUB_HOST", ""},
    {"JUPYTERHUB_OAUTH_ACCESS_SCOPES", R"(["access:services!service=corncob", "custom:x"])"},
    {"JUPYTERHUB_OAUTH_CALLBACK_URL", "/services/corncob/oauth_callback"},
    {"JUPYTERHUB_SERVICE_NAME", "corncob"},
    {"JUPYTERHUB_SERVICE_PREFIX", "/services/corncob/"},
    {"JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:10101"},
};

Environment with(Environment environment, const Environment& more) {
    for (const auto& [name, value] : more) environment[name] = value;
    return environment;
}

TEST(HubEnvironment, OfAServiceThatTheHubStarts) {
    const auto config = loaded(load(std::nullopt, kManaged, {}));
    ASSERT_TRUE(config.hub);
    EXPECT_EQ(config.hub->api_url, "http://127.0.0.1:8081/hub/api");
    EXPECT_EQ(config.hub->api_token, "ours");
    EXPECT_EQ(config.hub->client_id, "service-corncob");
    EXPECT_EQ(config.hub->callback_url, "/services/corncob/oauth_callback");
    EXPECT_EQ(config.hub->authorize_url, "/hub/api/oauth2/authorize");
    EXPECT_EQ(config.hub->access_scopes, (Lines{"access:services!service=corncob", "custom:x"}));
    EXPECT_FALSE(config.hub->https);
    EXPECT_EQ(config.server.base_url, "/services/corncob/");
    EXPECT_EQ(config.server.ip, "127.0.0.1");
    EXPECT_EQ(config.server.port, 10101);
}

TEST(HubEnvironment, NoHubWithoutItsUrl) {
    EXPECT_FALSE(loaded(load(std::nullopt, with(kManaged, {{"JUPYTERHUB_API_URL", ""}}), {})).hub);
    const auto config = loaded(load(std::nullopt, {{"JUPYTERHUB_SERVICE_PREFIX", "/x/"}}, {}));
    EXPECT_FALSE(config.hub);
    EXPECT_EQ(config.server.base_url, "/");
}

TEST(HubEnvironment, FileEnvironmentAndFlagsWin) {
    const TemporaryFile file("server: {base_url: /file}\n");
    const auto config = loaded(load(file.path(), with(kManaged, {{"KG_IP", "127.0.0.9"}}), {{"--port", "1003"}}));
    EXPECT_EQ(config.server.base_url, "/file/");
    EXPECT_EQ(config.server.ip, "127.0.0.9");
    EXPECT_EQ(config.server.port, 1003);
}

TEST(HubEnvironment, OfAServiceThatTheHubOnlyKnows) {
    const auto hub = loaded(load(std::nullopt,
                                 {{"JUPYTERHUB_API_URL", "https://hub.internal/hub/api/"},
                                  {"JUPYTERHUB_SERVICE_NAME", "corncob"},
                                  {"JUPYTERHUB_HOST", "https://hub.example.com"},
                                  {"JUPYTERHUB_BASE_URL", "/jupyter/"},
                                  {"JUPYTERHUB_PUBLIC_URL", "https://corncob.example.com/"},
                                  {"JUPYTERHUB_SSL_CERTFILE", "cert.pem"},
                                  {"JUPYTERHUB_SSL_KEYFILE", "key.pem"},
                                  {"JUPYTERHUB_SSL_CLIENT_CA", "ca.pem"}},
                                 {}))
                         .hub;
    EXPECT_EQ(hub->api_url, "https://hub.internal/hub/api");
    EXPECT_EQ(hub->client_id, "service-corncob");
    EXPECT_EQ(hub->access_scopes, Lines{"access:services!service=corncob"});
    EXPECT_EQ(hub->authorize_url, "https://hub.example.com/jupyter/hub/api/oauth2/authorize");
    EXPECT_TRUE(hub->https);
    EXPECT_EQ(hub->certificate, "cert.pem");
    EXPECT_EQ(hub->key, "key.pem");
    EXPECT_EQ(hub->ca, "ca.pem");
}

TEST(HubEnvironment, TheHubMayHaveAPublicUrlOfItsOwn) {
    const auto config =
        loaded(load(std::nullopt, with(kManaged, {{"JUPYTERHUB_PUBLIC_HUB_URL", "https://h.example.com/hub/"}}), {}));
    EXPECT_EQ(config.hub->authorize_url, "https://h.example.com/hub/api/oauth2/authorize");
}

TEST(HubEnvironment, TheHubsInternalTlsIsOursToo) {
    const auto internal = with(kManaged, {{"JUPYTERHUB_SERVICE_URL", "https://127.0.0.1:10101"},
                                          {"JUPYTERHUB_SSL_CERTFILE", "cert.pem"},
                                          {"JUPYTERHUB_SSL_KEYFILE", "key.pem"},
                                          {"JUPYTERHUB_SSL_CLIENT_CA", "ca.pem"}});
    const auto config = loaded(load(std::nullopt, internal, {}));
    EXPECT_EQ(config.server.tls.certificate, "cert.pem");
    EXPECT_EQ(config.server.tls.key, "key.pem");
    EXPECT_EQ(config.server.tls.client_ca, "ca.pem");
    const auto own = loaded(load(std::nullopt, with(internal, {{"KG_CERTFILE", "own.pem"}, {"KG_KEYFILE", "k"}}), {}));
    EXPECT_EQ(own.server.tls.certificate, "own.pem");
    EXPECT_EQ(own.server.tls.client_ca, "");
    EXPECT_EQ(loaded(load(std::nullopt, with(internal, {{"JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:1"}}), {}))
                  .server.tls.certificate,
              "");
}

TEST(HubEnvironment, ScopesByEveryName) {
    auto environment = kManaged;
    environment.erase("JUPYTERHUB_OAUTH_ACCESS_SCOPES");
    EXPECT_EQ(loaded(load(std::nullopt, with(environment, {{"JUPYTERHUB_OAUTH_SCOPES", R"(["a:b"])"}}), {}))
                  .hub->access_scopes,
              Lines{"a:b"});
    environment.erase("JUPYTERHUB_SERVICE_NAME");
    EXPECT_EQ(loaded(load(std::nullopt, with(environment, {{"JUPYTERHUB_USER", "ada"}}), {})).hub->access_scopes,
              Lines{"access:servers!server=ada/"});
    EXPECT_EQ(problems(load(std::nullopt, environment, {})),
              Lines{"JUPYTERHUB_API_URL: is set without JUPYTERHUB_SERVICE_NAME or JUPYTERHUB_OAUTH_ACCESS_SCOPES: "
                    "which users may come is not known"});
}

TEST(HubEnvironment, EveryBadValueIsTold) {
    for (const char* scopes : {"[]", "{}", "access", "[", "[[1]]"}) {
        EXPECT_EQ(problems(load(std::nullopt, with(kManaged, {{"JUPYTERHUB_OAUTH_ACCESS_SCOPES", scopes}}), {})),
                  Lines{std::string("JUPYTERHUB_OAUTH_ACCESS_SCOPES: '") + scopes + "' is not a JSON list of scopes"});
    }
    EXPECT_EQ(problems(load(std::nullopt,
                            with(kManaged, {{"JUPYTERHUB_API_URL", "ftp://u:secret@x"},
                                            {"JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:x"}}),
                            {})),
              (Lines{"JUPYTERHUB_API_URL: is not the URL of an HTTP server",
                     "JUPYTERHUB_SERVICE_URL: is not the URL of an HTTP server"}));
    EXPECT_EQ(problems(load(std::nullopt, with(kManaged, {{"JUPYTERHUB_SERVICE_URL", "http://a.b:80"}}), {})),
              Lines{"JUPYTERHUB_SERVICE_URL: server.ip: 'a.b' is neither an IPv4 nor an IPv6 address"});
    EXPECT_EQ(problems(load(std::nullopt, with(kManaged, {{"JUPYTERHUB_SERVICE_PREFIX", "x"}}), {})),
              Lines{"JUPYTERHUB_SERVICE_PREFIX: server.base_url: 'x/' does not begin with /"});
}

TEST(UrlOrigin, HostAndPort) {
    const auto text = [](std::string_view url) {
        const auto origin = parse_url_origin(url);
        return origin ? origin->scheme + " " + origin->host + " " + std::to_string(origin->port) : "none";
    };
    EXPECT_EQ(text("http://a.b/c"), "http a.b 0");
    EXPECT_EQ(text("https://a.b:8443"), "https a.b 8443");
    EXPECT_EQ(text("http://[::1]:80/x:1"), "http ::1 80");
    EXPECT_EQ(text("http://[::1]"), "http ::1 0");
    for (const char* url : {"", "a.b", "//a.b", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
                            "http://a:", "http://u@a", "http://a b", "http://[::1"}) {
        EXPECT_EQ(text(url), "none") << url;
    }
}

TEST(HubEnvironment, BehindTheHubEverybodyProvesWhoTheyAre) {
    const TemporaryFile file("auth: {allow_anyone: true}");
    const auto result = load(file.path(), kManaged, {});
    const auto& problems = std::get<std::vector<Problem>>(result);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].message, "makes no sense behind JupyterHub, whose proxy is near");
}

}  // namespace
}  // namespace corncob::config
