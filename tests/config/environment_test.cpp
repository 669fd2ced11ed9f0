#include "config/environment.hpp"

#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/fields.hpp"
#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

TEST(Environment, SetsEveryFieldThatHasAVariable) {
    const Environment environment = {
        {"KG_IP", "0.0.0.0"},
        {"KG_PORT", "9999"},
        {"KG_BASE_URL", "/kg"},
        {"KG_ALLOW_ORIGIN", "https://lab.example.com"},
        {"KG_ALLOW_CREDENTIALS", "true"},
        {"KG_ALLOW_HEADERS", "X-A"},
        {"KG_ALLOW_METHODS", "GET"},
        {"KG_EXPOSE_HEADERS", "X-B"},
        {"KG_MAX_AGE", "600"},
        {"KG_CERTFILE", "cert.pem"},
        {"KG_KEYFILE", "key.pem"},
        {"KG_CLIENT_CA", "ca.pem"},
        {"KG_WS_PING_INTERVAL_SECS", "5"},
        {"KG_MAX_KERNELS", "3"},
        {"KG_DEFAULT_KERNEL_NAME", "analytics"},
        {"KG_LIST_KERNELS", "False"},
        {"KG_PRESPAWN_COUNT", "7"},
        {"CORNCOB_METRICS_TOKEN_SHA256", "ab12"},
        {"KG_AUTH_TOKEN", "abc"},
    };
    GatewayConfig config;
    Report report;
    apply_environment(environment, config, report);
    EXPECT_TRUE(report.empty());
    std::set<std::string> variables;
    for (const auto& field : gateway_fields()) {
        if (field.traits.variable.empty()) continue;
        variables.insert(field.traits.variable);
        EXPECT_NE(value_text(field, config), value_text(field, GatewayConfig{})) << field.traits.variable;
    }
    EXPECT_EQ(variables.size(), environment.size());
    EXPECT_EQ(config.server.ip, "0.0.0.0");
    EXPECT_EQ(config.server.port, 9999);
    EXPECT_EQ(config.server.base_url, "/kg");
    EXPECT_EQ(config.server.allow_origin, "https://lab.example.com");
    EXPECT_TRUE(config.server.allow_credentials);
    EXPECT_EQ(config.server.allow_headers, "X-A");
    EXPECT_EQ(config.server.allow_methods, "GET");
    EXPECT_EQ(config.server.expose_headers, "X-B");
    EXPECT_EQ(config.server.max_age_seconds, 600U);
    EXPECT_EQ(config.server.tls.certificate, "cert.pem");
    EXPECT_EQ(config.server.tls.key, "key.pem");
    EXPECT_EQ(config.server.tls.client_ca, "ca.pem");
    EXPECT_EQ(config.server.ws_ping_interval_seconds, 5U);
    EXPECT_EQ(config.tenants.defaults.quotas.kernels_max, 3U);
    EXPECT_EQ(config.kernels.default_kernel_name, "analytics");
    EXPECT_FALSE(config.kernels.list_kernels);
    EXPECT_EQ(config.metrics.token_sha256, "ab12");
    EXPECT_EQ(config.token, "abc");
}

TEST(Environment, NamesTheVariableOfEveryBadValue) {
    const Environment environment = {{"KG_PORT", "eighty"},
                                     {"KG_LIST_KERNELS", "perhaps"},
                                     {"KG_MAX_AGE", "-5"},
                                     {"KG_AUTH_TOKEN", "a b"},
                                     {"CORNCOB_METRICS_TOKEN_SHA256", "scraper"}};
    EXPECT_EQ(problems(load(std::nullopt, environment, {})),
              (std::vector<std::string>{
                  "KG_PORT: server.port: 'eighty' is not a whole number (0..65535)",
                  "KG_MAX_AGE: server.max_age_seconds: -5 is out of range 0..31536000",
                  "KG_LIST_KERNELS: kernels.list_kernels: 'perhaps' is neither true nor false",
                  "KG_AUTH_TOKEN: token: must be 1 to 1024 visible ASCII characters",
                  "CORNCOB_METRICS_TOKEN_SHA256: metrics.token_sha256: must be 64 hexadecimal digits, the SHA-256 of "
                  "the token",
              }));
}

TEST(Environment, TakesTheSpellingsOfTruthInUse) {
    for (const char* yes : {"True", "true", "TRUE", "1", "yes", "on"}) {
        EXPECT_TRUE(loaded(load(std::nullopt, {{"KG_ALLOW_CREDENTIALS", yes}}, {})).server.allow_credentials) << yes;
    }
    for (const char* no : {"False", "false", "0", "no", "off"}) {
        EXPECT_FALSE(loaded(load(std::nullopt, {{"KG_LIST_KERNELS", no}}, {})).kernels.list_kernels) << no;
    }
}

TEST(Environment, TakesAnEmptyVariableForAnAbsentOne) {
    const auto config = loaded(load(std::nullopt, {{"KG_PORT", ""}, {"KG_IP", ""}, {"KG_AUTH_TOKEN", ""}}, {}));
    EXPECT_EQ(config.server.port, 8888);
    EXPECT_EQ(config.server.ip, "127.0.0.1");
    EXPECT_FALSE(config.token.has_value());
}

TEST(Environment, ListsKernelsUnlessToldOtherwise) {
    EXPECT_TRUE(loaded(load(std::nullopt, {}, {})).kernels.list_kernels);
}

TEST(Environment, KnowsWhichVariablesOfKernelGatewayMeanNothing) {
    const Environment environment = {{"KG_SEED_URI", "x.ipynb"}, {"KG_API", ""},
                                     {"KG_PORT", "1"},           {"HOME", "/root"},
                                     {"KG_PORT_RETRIES", "2"},   {"KG_AUTH_TOKEN_FILE", "/run/secrets/token"}};
    EXPECT_EQ(ignored_variables(environment), (std::vector<std::string>{"KG_PORT_RETRIES", "KG_SEED_URI"}));
}

TEST(Environment, NamesTheFile) {
    EXPECT_EQ(default_config_file({{"CORNCOB_CONFIG", "/etc/corncob.yaml"}}), "/etc/corncob.yaml");
    EXPECT_EQ(default_config_file({{"CORNCOB_CONFIG", ""}}), std::nullopt);
    EXPECT_EQ(default_config_file({}), std::nullopt);
}

TEST(Environment, SaysWhereSocketsMayLie) {
    EXPECT_EQ(default_runtime_dir({{"XDG_RUNTIME_DIR", "/run/user/7"}}), "/run/user/7/corncob");
    const std::string own = "/tmp/corncob-" + std::to_string(::geteuid());
    for (const char* none : {"", "relative"}) EXPECT_EQ(default_runtime_dir({{"XDG_RUNTIME_DIR", none}}), own);
    EXPECT_EQ(default_runtime_dir({}), own);
    EXPECT_EQ(default_attach_socket("/run/user/7/corncob"), "/run/user/7/corncob/corncob.sock");
}

TEST(Environment, KnowsWhereStateIsKept) {
    EXPECT_EQ(default_state_dir({{"HOME", "/homes/ada"}}), "/homes/ada/.local/state/corncob");
    EXPECT_EQ(default_state_dir({{"HOME", "/homes/ada"}, {"XDG_STATE_HOME", "/state"}}), "/state/corncob");
    EXPECT_EQ(default_state_dir({{"HOME", "/homes/ada"}, {"XDG_STATE_HOME", "relative"}}),
              "/homes/ada/.local/state/corncob");
    EXPECT_EQ(default_state_dir({}), "");
}

TEST(Environment, IsReadFromTheProcess) {
    // The kernel's own copy, as the process was started with it: NAME=value, each ended by a zero byte.
    std::ifstream file("/proc/self/environ", std::ios::binary);
    const auto environment = read_environment();
    std::size_t count = 0;
    for (std::string entry; std::getline(file, entry, '\0'); ++count) {
        const auto equals = entry.find('=');
        EXPECT_EQ(environment.at(entry.substr(0, equals)), entry.substr(equals + 1));
    }
    EXPECT_GT(count, 0U);
}

}  // namespace
}  // namespace corncob::config
