#include "config/validation.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

const std::string kHash(64, 'a');

GatewayConfig parsed(const std::string& yaml, Report& report) {
    GatewayConfig config;
    read_yaml(yaml, "c.yaml", config, report);
    inherit_tenant_defaults(config, report);
    normalize(config);
    return config;
}

/// What reading and the rules between values complain of, without what is unavailable.
Lines complaints(const std::string& yaml) {
    Report report;
    validate(parsed(yaml, report), report);
    return as_text(report.sorted());
}

TEST(Validation, FindsNothingWrongWithTheDefaults) {
    EXPECT_EQ(complaints(""), Lines{});
}

TEST(Validation, GivesBaseUrlASlashAtItsEnd) {
    Report report;
    EXPECT_EQ(parsed("server: {base_url: /a/b}", report).server.base_url, "/a/b/");
    EXPECT_EQ(parsed("server: {base_url: /a/b/}", report).server.base_url, "/a/b/");
    EXPECT_EQ(parsed("server: {base_url: \"\"}", report).server.base_url, "/");
}

TEST(Validation, RefusesABaseUrlThatNoRequestCouldName) {
    EXPECT_EQ(complaints("server:\n  base_url: lab/"),
              Lines{"c.yaml:2: server.base_url: 'lab/' does not begin with /"});
    for (const char* bad : {"//", "/a//b", "/a b", "/a?b", "/a#b", "/a\xC3\xBC"}) {
        EXPECT_EQ(complaints("server: {base_url: \"" + std::string(bad) + "\"}").size(), 1U) << bad;
    }
    EXPECT_EQ(complaints("server: {base_url: \"/user/alice@example.com/%20x\"}"), Lines{});
}

TEST(Validation, WantsAnAddressToListenOn) {
    Report report;
    EXPECT_EQ(parsed("server: {ip: localhost}", report).server.ip, "127.0.0.1");
    EXPECT_EQ(parsed("server: {ip: \"*\"}", report).server.ip, "0.0.0.0");
    for (const char* good : {"0.0.0.0", "::", "::1", "10.1.2.3"}) {
        EXPECT_EQ(complaints("server: {ip: \"" + std::string(good) + "\"}"), Lines{}) << good;
    }
    EXPECT_EQ(complaints("server: {ip: 300.1.1.1}"),
              Lines{"c.yaml:1: server.ip: '300.1.1.1' is neither an IPv4 nor an IPv6 address"});
}

TEST(Validation, WantsOriginsAsBrowsersSendThem) {
    for (const char* good : {"*", "", "https://a.example", "http://localhost:8000, https://b.example",
                             "http://[::1]:80", "vscode-webview://abc"}) {
        EXPECT_EQ(complaints("server: {allow_origin: \"" + std::string(good) + "\"}"), Lines{}) << good;
    }
    EXPECT_EQ(
        complaints("server: {allow_origin: \"https://a.example/\"}"),
        Lines{"c.yaml:1: server.allow_origin: 'https://a.example/' is not an origin (scheme://host[:port], without a "
              "path and without a slash at the end)"});
    for (const char* bad : {"null", "a.example", "*, https://a.example", "https://a.example,,https://b.example",
                            "https://", "://a", "https://*.example", "https://me@a.example"}) {
        EXPECT_GE(complaints("server: {allow_origin: \"" + std::string(bad) + "\"}").size(), 1U) << bad;
    }
    std::string many = "https://a.example";
    for (std::size_t count = 1; count <= kOriginsMax; ++count) many += ",https://a.example";
    EXPECT_EQ(complaints("server: {allow_origin: \"" + many + "\"}"),
              Lines{"c.yaml:1: server.allow_origin: names 65 origins; at most 64 are allowed"});
}

TEST(Validation, WantsAnOutboxThatHoldsTheLargestMessage) {
    EXPECT_EQ(complaints("server:\n  message_bytes_max: 4096\n  outbox_bytes_max: 4095\n"),
              Lines{"c.yaml:3: server.outbox_bytes_max: 4095 is less than server.message_bytes_max (4096)"});
    EXPECT_EQ(complaints("server: {message_bytes_max: 4096, outbox_bytes_max: 4096}"), Lines{});
    // Only the file's own mistake is told, not what follows from the default in its place.
    EXPECT_EQ(complaints("server: {message_bytes_max: large, outbox_bytes_max: 4096}").size(), 1U);
}

TEST(Validation, WantsTlsFilesTogether) {
    EXPECT_EQ(complaints("server: {tls: {certificate: c.pem}}"),
              Lines{"c.yaml:1: server.tls.certificate: is given without server.tls.key"});
    EXPECT_EQ(complaints("server: {tls: {key: k.pem}}"),
              Lines{"c.yaml:1: server.tls.key: is given without server.tls.certificate"});
    EXPECT_EQ(complaints("server: {tls: {client_ca: a.pem}}"),
              Lines{"c.yaml:1: server.tls.client_ca: is given without server.tls.certificate"});
    EXPECT_EQ(complaints("server: {tls: {certificate: c.pem, key: [k.pem]}}").size(), 1U);
    EXPECT_EQ(complaints("server: {tls: {certificate: c.pem, key: k.pem, client_ca: a.pem}}"), Lines{});
}

TEST(Validation, ChecksTokens) {
    const std::string no_tenant =
        "auth.tokens[0].tenant: 'a b' is not the name of a tenant ([A-Za-z0-9._@-], 1 to 64 characters, the first of "
        "them no dot)";
    EXPECT_EQ(complaints("auth:\n  tokens:\n    - {name: a, tenant: t, sha256: " + kHash + ", rights: [read]}\n"),
              Lines{});
    EXPECT_EQ(complaints("auth:\n"
                         "  tokens:\n"
                         "    - {tenant: a b, sha256: my-token, expires: tomorrow}\n"
                         "    - {name: x, rights: [reed]}\n"),
              (Lines{
                  "c.yaml:3: auth.tokens[0].name: must have 1 to 64 bytes",
                  "c.yaml:3: " + no_tenant,
                  "c.yaml:3: auth.tokens[0].sha256: must be 64 hexadecimal digits, the SHA-256 of the token",
                  "c.yaml:3: auth.tokens[0].rights: is missing; a token without rights is of no use",
                  "c.yaml:3: auth.tokens[0].expires: 'tomorrow' is not a moment like 2027-01-31T00:00:00Z",
                  "c.yaml:4: auth.tokens[1].rights[0]: 'reed' is none of read, execute, admin; did you mean 'read'?",
                  "c.yaml:4: auth.tokens[1].tenant: is missing",
                  "c.yaml:4: auth.tokens[1].sha256: must be 64 hexadecimal digits, the SHA-256 of the token",
              }));
}

TEST(Validation, WantsEveryTokenOnce) {
    const std::string upper(64, 'A');
    EXPECT_EQ(complaints("auth:\n"
                         "  tokens:\n"
                         "    - {name: a, tenant: t, sha256: " +
                         kHash +
                         ", rights: [read]}\n"
                         "    - {name: a, tenant: t, sha256: " +
                         upper + ", rights: [read]}\n"),
              (Lines{"c.yaml:4: auth.tokens[1].sha256: is the same as that of auth.tokens[0]",
                     "c.yaml:4: auth.tokens[1].name: 'a' is the name of auth.tokens[0] too"}));
}

TEST(Validation, NobodyIsLetInFromElsewhereWithoutAToken) {
    for (const std::string ip : {"127.0.0.1", "127.1.2.3", "localhost", "'::1'"}) {
        EXPECT_EQ(complaints("auth: {allow_anyone: true}\nserver: {ip: " + ip + "}"), Lines{}) << ip;
    }
    EXPECT_EQ(complaints("auth: {allow_anyone: true}\nserver: {ip: '*'}"),
              Lines{"c.yaml:1: auth.allow_anyone: needs a loopback address as server.ip, not '0.0.0.0'"});
    EXPECT_EQ(complaints("auth: {allow_anyone: true}\nserver: {allow_origin: '*'}"),
              Lines{"c.yaml:1: auth.allow_anyone: would let every web page in: server.allow_origin is '*'"});
    EXPECT_EQ(complaints("auth: {allow_anyone: false}\nserver: {ip: '*', allow_origin: '*'}"), Lines{});
}

TEST(Validation, ChecksNamesOfTenants) {
    EXPECT_EQ(complaints("tenants: {alice@example.com: {}, team-1_a.b: {}}"), Lines{});
    EXPECT_EQ(complaints("tenants:\n  \"../etc\": {}\n  " + std::string(65, 'a') + ": {}\n  \"\": {}\n").size(), 3U);
    const std::string rule =
        " is not the name of a tenant ([A-Za-z0-9._@-], 1 to 64 characters, the first of them no dot)";
    EXPECT_EQ(complaints("tenants: {\"a b\": }"), Lines{"c.yaml:1: tenants.a b: 'a b'" + rule});
    // Folders are called like tenants.
    for (const std::string name : {"", ".", "..", ".hidden", "a/b", "/", "../a"}) {
        EXPECT_EQ(complaints("tenants: {\"" + name + "\": {}}"),
                  Lines{"c.yaml:1: tenants." + name + ": '" + name + "'" + rule})
            << name;
        const std::string token = "sha256: " + kHash + ", rights: [read]}]}";
        const auto of_token = complaints("auth: {tokens: [{name: a, tenant: \"" + name + "\", " + token);
        ASSERT_EQ(of_token.size(), 1U) << name;
        EXPECT_EQ(of_token[0], "c.yaml:1: auth.tokens[0].tenant: " +
                                   (name.empty() ? std::string("is missing") : "'" + name + "'" + rule));
    }
    for (const std::string name : {"a\\0b", "\\0", "a\\nb"}) {
        EXPECT_EQ(complaints("tenants: {\"" + name + "\": {}}").size(), 1U) << name;
        EXPECT_EQ(
            complaints("auth: {tokens: [{name: a, sha256: " + kHash + ", rights: [read], tenant: \"" + name + "\"}]}")
                .size(),
            1U)
            << name;
    }
}

TEST(Validation, ChecksNamesOfKernelspecs) {
    EXPECT_EQ(complaints("kernelspecs:\n  a/b: {}\n"),
              Lines{"c.yaml:2: kernelspecs.a/b: 'a/b' is not the name of a kernelspec ([A-Za-z0-9._-], 1 to 64 "
                    "characters)"});
    EXPECT_EQ(
        complaints("kernelspecs:\n  python3-react: {}\n"),
        Lines{"c.yaml:2: kernelspecs.python3-react: is built in; a kernelspec of the file needs a name of its own"});
}

TEST(Validation, WantsADefaultKernelspecThatIsThere) {
    EXPECT_EQ(complaints("kernels: {default: analytics}\nkernelspecs: {analytics: {}}"), Lines{});
    EXPECT_EQ(complaints("kernels: {default: python3-trio}"), Lines{});
    EXPECT_EQ(complaints("kernels: {default: pyton3}"),
              Lines{"c.yaml:1: kernels.default: 'pyton3' is no kernelspec; there are python3, python3-concurrent, "
                    "python3-react, python3-cache, python3-multi, python3-trio; did you mean 'python3'?"});
}

TEST(Validation, ShowsAKernelspecUnderItsNameUnlessItHasAnother) {
    Report report;
    const auto config = parsed("kernelspecs: {a: {}, b: {display_name: Bee}}", report);
    EXPECT_EQ(config.kernelspecs.at("a").display_name, "a");
    EXPECT_EQ(config.kernelspecs.at("b").display_name, "Bee");
}

TEST(Validation, TheDoorOfMetrics) {
    EXPECT_EQ(complaints("metrics: {token_required: true, token_sha256: my-token}"),
              Lines{"c.yaml:1: metrics.token_sha256: must be 64 hexadecimal digits, the SHA-256 of the token"});
    EXPECT_EQ(complaints("server: {port: 9}\nmetrics: {port: 9}"),
              Lines{"c.yaml:2: metrics.port: is server.port; leave it out to have /metrics there"});
    EXPECT_EQ(complaints("metrics: {port: 9090, token_required: true, token_sha256: " + kHash + "}"), Lines{});
}

}  // namespace
}  // namespace corncob::config
