#include "config/yaml_file.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

GatewayConfig read_well(const std::string& yaml) {
    GatewayConfig config;
    Report report;
    read_yaml(yaml, "c.yaml", config, report);
    EXPECT_EQ(as_text(report.sorted()), Lines{});
    return config;
}

TEST(YamlFile, ReadsEveryKindOfValue) {
    const auto config = read_well(
        "server: {port: 0, base_url: /hub, allow_credentials: true, tls: {key: k.pem}}\n"
        "kernels: {cull_busy: True, replay_bytes_max: 0}\n"
        "log: {level: debug}\n");
    EXPECT_EQ(config.server.port, 0);
    EXPECT_EQ(config.server.base_url, "/hub");
    EXPECT_TRUE(config.server.allow_credentials);
    EXPECT_EQ(config.server.tls.key, "k.pem");
    EXPECT_TRUE(config.kernels.cull_busy);
    EXPECT_EQ(config.kernels.replay_bytes_max, 0U);
    EXPECT_EQ(config.log.level, "debug");
}

TEST(YamlFile, ReadsTokensTenantsAndKernelspecs) {
    const auto config = read_well(
        "auth:\n"
        "  tokens:\n"
        "    - {name: laptop, tenant: alice, sha256: abc, rights: [read, execute], expires: 2027-01-01T00:00:00Z}\n"
        "    - {name: robot, tenant: bob, sha256: \"12\", rights: [admin]}\n"
        "tenants:\n"
        "  alice: {zmq: true}\n"
        "kernelspecs:\n"
        "  analytics: {display_name: \"Python (analytics)\", modes: [concurrent, cache], loop: trio, env: {TZ: UTC, N: "
        "1}}\n");
    ASSERT_EQ(config.auth.tokens.size(), 2U);
    EXPECT_EQ(config.auth.tokens[0].rights, (Lines{"read", "execute"}));
    EXPECT_EQ(config.auth.tokens[0].expires, "2027-01-01T00:00:00Z");
    EXPECT_EQ(config.auth.tokens[1].name, "robot");
    EXPECT_TRUE(config.tenants.named.at("alice").zmq);
    const KernelspecConfig& spec = config.kernelspecs.at("analytics");
    EXPECT_EQ(spec.display_name, "Python (analytics)");
    EXPECT_EQ(spec.modes, (Lines{"concurrent", "cache"}));
    EXPECT_EQ(spec.loop, "trio");
    EXPECT_EQ(spec.env, (std::map<std::string, std::string>{{"N", "1"}, {"TZ", "UTC"}}));
}

TEST(YamlFile, TakesEmptyDocumentsAndSectionsForDefaults) {
    for (const char* yaml : {"", "# nothing\n", "---\n", "server:\n", "tenants:\nkernelspecs:\nauth: {tokens: }\n"}) {
        EXPECT_EQ(read_well(yaml).server.port, 8888) << yaml;
    }
}

TEST(YamlFile, FollowsAnchorsAndAliases) {
    const auto config = read_well("tenants:\n  alice: &a {quotas: {kernels_max: 4}}\n  bob: *a\n");
    EXPECT_EQ(config.tenants.named.at("bob").quotas.kernels_max, 4U);
}

TEST(YamlFile, SuggestsTheNearestKeyOfTheSection) {
    EXPECT_EQ(yaml_problems("server:\n  prot: 1\n"), Lines{"c.yaml:2: server.prot: unknown key; did you mean 'port'?"});
    EXPECT_EQ(yaml_problems("sever: {}\n"), Lines{"c.yaml:1: sever: unknown key; did you mean 'server'?"});
    EXPECT_EQ(yaml_problems("kernels: {cull_idle_timeout: 5}\n"),
              Lines{"c.yaml:1: kernels.cull_idle_timeout: unknown key; did you mean 'cull_idle_timeout_seconds'?"});
}

TEST(YamlFile, SuggestsWhereAMisplacedKeyBelongs) {
    EXPECT_EQ(yaml_problems("transport: tcp\n"),
              Lines{"c.yaml:1: transport: unknown key; did you mean 'zmq.transport'?"});
}

TEST(YamlFile, ListsTheKnownKeysWhereNothingIsNear) {
    EXPECT_EQ(yaml_problems("zmq: {xylophone: 1}\n"),
              Lines{"c.yaml:1: zmq.xylophone: unknown key; known here: attach_socket, runtime_dir, "
                    "session_idle_timeout_seconds, transport"});
}

TEST(YamlFile, KnowsTheKeysOfEachPlace) {
    EXPECT_EQ(yaml_problems("tenants:\n  alice:\n    quota: {}\n"),
              Lines{"c.yaml:3: tenants.alice.quota: unknown key; did you mean 'quotas'?"});
    EXPECT_EQ(yaml_problems("tenants: {alice: {quotas: {kernel_max: 1}}}\n"),
              Lines{"c.yaml:1: tenants.alice.quotas.kernel_max: unknown key; did you mean 'kernels_max'?"});
    EXPECT_EQ(yaml_problems("kernelspecs: {a: {mode: []}}\n"),
              Lines{"c.yaml:1: kernelspecs.a.mode: unknown key; did you mean 'modes'?"});
    EXPECT_EQ(yaml_problems("auth:\n  tokens:\n    - {user: alice}\n"),
              Lines{"c.yaml:3: auth.tokens[0].user: unknown key; known here: expires, name, rights, sha256, tenant"});
    EXPECT_EQ(yaml_problems("server.port: 1\n").size(), 1U);
}

TEST(YamlFile, TellsWrongTypes) {
    EXPECT_EQ(yaml_problems("server:\n  port: eight\n"),
              Lines{"c.yaml:2: server.port: 'eight' is not a whole number (0..65535)"});
    EXPECT_EQ(yaml_problems("server: {port: 80.5}"),
              Lines{"c.yaml:1: server.port: '80.5' is not a whole number (0..65535)"});
    EXPECT_EQ(yaml_problems("server: {port: \"80\"}"),
              Lines{"c.yaml:1: server.port: is quoted text; write the value without quotes (0..65535)"});
    EXPECT_EQ(yaml_problems("server: {port: [80]}"),
              Lines{"c.yaml:1: server.port: is a list; a single value is expected (0..65535)"});
    EXPECT_EQ(yaml_problems("server: {ip: {a: b}}"),
              Lines{"c.yaml:1: server.ip: is a map; a single value is expected"});
    EXPECT_EQ(yaml_problems("kernels: {cull_busy: maybe}"),
              Lines{"c.yaml:1: kernels.cull_busy: 'maybe' is neither true nor false"});
    EXPECT_EQ(yaml_problems("server:\n  port:\n"),
              Lines{"c.yaml:2: server.port: has no value (0..65535); leave the key out for the default"});
    EXPECT_EQ(yaml_problems("server: 8888"), Lines{"c.yaml:1: server: is text; a map is expected"});
    EXPECT_EQ(yaml_problems("- server"), Lines{"c.yaml:1: is a list; a map is expected"});
    EXPECT_EQ(yaml_problems("auth: {tokens: {a: b}}"), Lines{"c.yaml:1: auth.tokens: is a map; a list is expected"});
    EXPECT_EQ(yaml_problems("auth:\n  tokens:\n    - one\n    - {}\n    - [a]\n"),
              (Lines{"c.yaml:3: auth.tokens[0]: is text; a map is expected",
                     "c.yaml:5: auth.tokens[2]: is a list; a map is expected"}));
    EXPECT_EQ(yaml_problems("kernelspecs: {a: {modes: cache}}"),
              Lines{"c.yaml:1: kernelspecs.a.modes: is text; a list of concurrent, react, cache, multi is expected"});
    EXPECT_EQ(yaml_problems("tenants: {alice: 5}"), Lines{"c.yaml:1: tenants.alice: is text; a map is expected"});
}

TEST(YamlFile, TellsValuesOutOfRange) {
    EXPECT_EQ(yaml_problems("server: {port: 65536}"), Lines{"c.yaml:1: server.port: 65536 is out of range 0..65535"});
    EXPECT_EQ(yaml_problems("server: {port: -1}"), Lines{"c.yaml:1: server.port: -1 is out of range 0..65535"});
    EXPECT_EQ(yaml_problems("server: {io_threads: 0}"), Lines{"c.yaml:1: server.io_threads: 0 is out of range 1..64"});
    EXPECT_EQ(yaml_problems("server: {io_threads: 18446744073709551617}"),
              Lines{"c.yaml:1: server.io_threads: 18446744073709551617 is out of range 1..64"});
    EXPECT_EQ(yaml_problems("server: {port: 65535}"), Lines{});
}

TEST(YamlFile, TellsWordsThatAreNoneOfTheChoices) {
    EXPECT_EQ(
        yaml_problems("kernels: {isolation: tenants}"),
        Lines{"c.yaml:1: kernels.isolation: 'tenants' is none of process, tenant, kernel; did you mean 'tenant'?"});
    EXPECT_EQ(yaml_problems("auth: {jupyterhub: {tenant_by: server}}"),
              Lines{"c.yaml:1: auth.jupyterhub.tenant_by: 'server' is none of user, group, all"});
    EXPECT_EQ(yaml_problems("zmq: {transport: udp}"), Lines{"c.yaml:1: zmq.transport: 'udp' is none of tcp, ipc"});
    EXPECT_EQ(yaml_problems("log: {format: xml}"), Lines{"c.yaml:1: log.format: 'xml' is none of text, json"});
    EXPECT_EQ(
        yaml_problems("kernelspecs: {a: {loop: uvloop, modes: [cache, cached, cache]}}"),
        (Lines{"c.yaml:1: kernelspecs.a.loop: 'uvloop' is none of asyncio, trio",
               "c.yaml:1: kernelspecs.a.modes[1]: 'cached' is none of concurrent, react, cache, multi; did you mean "
               "'cache'?",
               "c.yaml:1: kernelspecs.a.modes[2]: 'cache' is given twice"}));
    EXPECT_EQ(yaml_problems("auth:\n  tokens:\n    - rights:\n        - read\n        - write\n"),
              Lines{"c.yaml:5: auth.tokens[0].rights[1]: 'write' is none of read, execute, admin"});
}

TEST(YamlFile, TellsTextThatNothingCanCarry) {
    EXPECT_EQ(yaml_problems("server: {allow_headers: \"a\\r\\nb\"}"),
              Lines{"c.yaml:1: server.allow_headers: holds a control character"});
    EXPECT_EQ(yaml_problems("server: {ip: " + std::string(5000, 'x') + "}"),
              Lines{"c.yaml:1: server.ip: has 5000 bytes; at most 4096 are allowed"});
}

TEST(YamlFile, TellsBadEnvironmentVariablesOfAKernelspec) {
    EXPECT_EQ(yaml_problems("kernelspecs:\n  a:\n    env:\n      1X: y\n      OK: [1]\n"),
              (Lines{"c.yaml:4: kernelspecs.a.env.1X: is not the name of a variable ([A-Za-z_][A-Za-z0-9_]*)",
                     "c.yaml:5: kernelspecs.a.env.OK: is a list; a single value is expected"}));
}

TEST(YamlFile, TellsKeysGivenTwiceAndKeepsTheFirst) {
    GatewayConfig config;
    Report report;
    read_yaml("server:\n  port: 1\n  ip: 10.0.0.1\n  port: 2\nserver: {}\n", "c.yaml", config, report);
    EXPECT_EQ(as_text(report.sorted()), (Lines{"c.yaml:4: server.port: is given twice, first in line 2",
                                               "c.yaml:5: server: is given twice, first in line 1"}));
    EXPECT_EQ(config.server.port, 1);
}

TEST(YamlFile, TellsKeysThatAreNoWords) {
    EXPECT_EQ(yaml_problems("server:\n  ? [a, b]\n  : c\n"), Lines{"c.yaml:2: server: has a key that is no word"});
}

TEST(YamlFile, TellsTheLineOfASyntaxError) {
    const auto told = yaml_problems("server:\n  port: 1\n  ip: [1, 2\nlog: {}\n");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].starts_with("c.yaml:4: is not YAML: ")) << told[0];
    EXPECT_TRUE(yaml_problems("a: *nowhere\n").at(0).starts_with("c.yaml:1: is not YAML: "));
    EXPECT_TRUE(yaml_problems(std::string(100000, '[')).at(0).starts_with("c.yaml:1: is not YAML: "));
}

TEST(YamlFile, ShowsNoRawBytesOfAFileThatIsNoYaml) {
    EXPECT_EQ(yaml_problems("a: \"\\\xFF\"\n"), Lines{"c.yaml:1: is not YAML: a character out of place"});
}

TEST(YamlFile, RefusesWhatFollowsTheFirstDocument) {
    const std::string words = ": goes on after its first document; is this line indented wrongly?";
    EXPECT_EQ(yaml_problems("server: {}\n---\nserver: {}\n"), Lines{"c.yaml:2" + words});
    EXPECT_EQ(yaml_problems("  server: {}\nlog: {}\n"), Lines{"c.yaml:2" + words});
    EXPECT_EQ(yaml_problems("server: {}\n...\n"), Lines{});
}

TEST(YamlFile, RefusesAFileThatIsTooLarge) {
    const TemporaryFile file(std::string(kFileBytesMax + 1, '#'));
    GatewayConfig config;
    Report report;
    read_yaml_file(file.path(), config, report);
    EXPECT_EQ(as_text(report.sorted()), Lines{file.path() + ": is larger than 1048576 bytes"});
}

TEST(YamlFile, TellsManyProblemsAtOnceInTheOrderOfTheirLines) {
    EXPECT_EQ(yaml_problems("server:\n"
                            "  port: 99999\n"
                            "  io_threads: two\n"
                            "\n"
                            "  tls: {cert: x}\n"
                            "auth:\n"
                            "  tokens:\n"
                            "    - name: a\n"
                            "      rights: [reed]\n"
                            "tenants:\n"
                            "  defaults: {zmq: 7}\n"
                            "  alice: {quotas: {kernels_max: -4}}\n"
                            "log: {level: loud}\n"),
              (Lines{
                  "c.yaml:2: server.port: 99999 is out of range 0..65535",
                  "c.yaml:3: server.io_threads: 'two' is not a whole number (1..64)",
                  "c.yaml:5: server.tls.cert: unknown key; did you mean 'certificate'?",
                  "c.yaml:9: auth.tokens[0].rights[0]: 'reed' is none of read, execute, admin; did you mean 'read'?",
                  "c.yaml:11: tenants.defaults.zmq: '7' is neither true nor false",
                  "c.yaml:12: tenants.alice.quotas.kernels_max: -4 is out of range 0..1000000",
                  "c.yaml:13: log.level: 'loud' is none of trace, debug, info, warn, error",
              }));
}

}  // namespace
}  // namespace corncob::config
