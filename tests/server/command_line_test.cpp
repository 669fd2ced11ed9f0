#include "server/command_line.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::server {
namespace {

struct Outcome {
    CommandLine command;
    std::string out;
    std::string err;
};

Outcome run(std::vector<std::string> words, const config::Environment& environment = {}) {
    words.insert(words.begin(), "corncob");
    std::vector<const char*> argv;
    argv.reserve(words.size());
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    auto command = parse_command_line(static_cast<int>(argv.size()), argv.data(), environment, out, err);
    return {std::move(command), out.str(), err.str()};
}

void expect_usage_error(const Outcome& outcome, const std::string& part) {
    EXPECT_EQ(outcome.command.action, CommandLine::Action::exit);
    EXPECT_EQ(outcome.command.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
}

TEST(CommandLine, ServesWithTheDefaults) {
    const auto outcome = run({"serve"});
    EXPECT_EQ(outcome.command.action, CommandLine::Action::serve);
    EXPECT_EQ(outcome.command.config.server.port, 8888);
    EXPECT_FALSE(outcome.command.config.token.has_value());
    EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST(CommandLine, TakesTheFileThatTheEnvironmentNames) {
    const config::TemporaryFile file("server: {port: 1003}\n");
    const config::TemporaryFile other("server: {port: 1004}\n");
    const config::Environment environment{{"CORNCOB_CONFIG", file.path()}};
    EXPECT_EQ(run({"serve"}, environment).command.config.server.port, 1003);
    EXPECT_EQ(run({"serve", "--config", other.path()}, environment).command.config.server.port, 1004);
    EXPECT_EQ(run({"healthcheck"}, environment).command.config.server.port, 1003);
    expect_usage_error(run({"serve"}, {{"CORNCOB_CONFIG", "/nowhere.yaml"}}), "/nowhere.yaml");
}

TEST(CommandLine, AHealthcheckKnowsWhatServeKnows) {
    const auto outcome = run({"healthcheck", "--port", "9000"}, {{"KG_BASE_URL", "/lab"}, {"KG_IP", "0.0.0.0"}});
    EXPECT_EQ(outcome.command.action, CommandLine::Action::healthcheck);
    EXPECT_EQ(outcome.command.config.server.port, 9000);
    EXPECT_EQ(outcome.command.config.server.base_url, "/lab/");
    EXPECT_EQ(outcome.command.config.server.ip, "0.0.0.0");
    EXPECT_FALSE(outcome.command.ready);
    EXPECT_TRUE(run({"healthcheck", "--ready"}).command.ready);
    const auto broken = run({"healthcheck"}, {{"KG_PORT", "many"}});
    EXPECT_EQ(broken.command.action, CommandLine::Action::exit);
    EXPECT_EQ(broken.command.exit_code, 1) << "to Docker 2 means nothing";
    EXPECT_NE(broken.err.find("KG_PORT"), std::string::npos);
}

TEST(CommandLine, SetsWhatTheFlagsSay) {
    const auto outcome = run({"serve",
                              "--ip",
                              "0.0.0.0",
                              "--port",
                              "0",
                              "--token=s3cret",
                              "--base-url",
                              "/lab",
                              "--isolation",
                              "process",
                              "--python-prefix",
                              "/opt/venv",
                              "--allow-origin",
                              "*",
                              "--io-threads",
                              "4",
                              "--log-level",
                              "debug",
                              "--drain-timeout",
                              "3"});
    ASSERT_EQ(outcome.command.action, CommandLine::Action::serve) << outcome.err;
    const config::GatewayConfig& config = outcome.command.config;
    EXPECT_EQ(config.server.ip, "0.0.0.0");
    EXPECT_EQ(config.server.port, 0);
    EXPECT_EQ(config.token, "s3cret");
    EXPECT_EQ(config.server.base_url, "/lab/");
    EXPECT_EQ(config.kernels.isolation, "process");
    EXPECT_EQ(config.kernels.python_prefix, "/opt/venv");
    EXPECT_EQ(config.server.allow_origin, "*");
    EXPECT_EQ(config.server.io_threads, 4U);
    EXPECT_EQ(config.log.level, "debug");
    EXPECT_EQ(config.server.drain_timeout_seconds, 3U);
}

TEST(CommandLine, WinsOverEnvironmentAndFile) {
    const config::TemporaryFile file("server: {port: 1, io_threads: 1}\nlog: {level: warn}\n");
    const auto outcome = run({"serve", "--config", file.path(), "--port", "3"}, {{"KG_PORT", "2"}, {"KG_IP", "::1"}});
    ASSERT_EQ(outcome.command.action, CommandLine::Action::serve) << outcome.err;
    EXPECT_EQ(outcome.command.config.server.port, 3);
    EXPECT_EQ(outcome.command.config.server.ip, "::1");
    EXPECT_EQ(outcome.command.config.server.io_threads, 1U);
    EXPECT_EQ(outcome.command.config.log.level, "warn");
}

TEST(CommandLine, KnowsWhereSocketsMayLie) {
    const config::Environment environment{{"XDG_RUNTIME_DIR", "/run/user/7"}};
    EXPECT_EQ(run({"serve"}, environment).command.config.zmq.runtime_dir, "/run/user/7/corncob");
    const config::TemporaryFile file("zmq: {runtime_dir: /srv/corncob}\n");
    EXPECT_EQ(run({"serve", "--config", file.path()}, environment).command.config.zmq.runtime_dir, "/srv/corncob");
    const auto socket = [&](std::vector<std::string> words) {
        return run(std::move(words), environment).command.config.zmq.attach_socket;
    };
    EXPECT_EQ(socket({"serve"}), "/run/user/7/corncob/corncob.sock");
    EXPECT_EQ(socket({"serve", "--config", file.path()}), "/srv/corncob/corncob.sock");
    EXPECT_EQ(socket({"serve", "--config", file.path(), "--attach-socket", "/s"}), "/s");
}

TEST(CommandLine, TellsEveryProblemOfTheConfigurationAtOnce) {
    const config::TemporaryFile file("server:\n  port: 99999\n");
    const auto outcome =
        run({"serve", "--config", file.path(), "--port", "-1", "--isolation", "kernel"}, {{"KG_MAX_KERNELS", "x"}});
    EXPECT_EQ(outcome.command.action, CommandLine::Action::exit);
    EXPECT_EQ(outcome.command.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              file.path() +
                  ":2: server.port: 99999 is out of range 0..65535\n"
                  "KG_MAX_KERNELS: tenants.defaults.quotas.kernels_max: 'x' is not a whole number (0..1000000)\n"
                  "--port: server.port: -1 is out of range 0..65535\n"
                  "--isolation: kernels.isolation: 'kernel' is not available in this version; only 'process' is\n");
}

TEST(CommandLine, TellsOfVariablesWithoutMeaningAndServes) {
    const auto outcome = run({"serve"}, {{"KG_SEED_URI", "a.ipynb"}});
    EXPECT_EQ(outcome.command.action, CommandLine::Action::serve);
    EXPECT_EQ(outcome.err, "KG_SEED_URI: has no meaning for corncob; ignored\n");
}

TEST(CommandLine, ChecksAFile) {
    const config::TemporaryFile good("server: {port: 1}\n");
    const auto fine = run({"check-config", good.path()}, {{"KG_PORT", "nonsense"}});
    EXPECT_EQ(fine.command.action, CommandLine::Action::exit);
    EXPECT_EQ(fine.command.exit_code, 0);
    EXPECT_EQ(fine.out, good.path() + ": ok\n");
    EXPECT_EQ(fine.err, "");

    const config::TemporaryFile bad("server:\n  prot: 1\nzmq:\n  transport: udp\n");
    const auto refused = run({"check-config", bad.path()});
    EXPECT_EQ(refused.command.action, CommandLine::Action::exit);
    EXPECT_EQ(refused.command.exit_code, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_EQ(refused.err, bad.path() + ":2: server.prot: unknown key; did you mean 'port'?\n" + bad.path() +
                               ":4: zmq.transport: 'udp' is none of tcp, ipc\n");
}

TEST(CommandLine, ChecksTheShippedFile) {
    const std::string path = std::string(CORNCOB_SOURCE_DIR) + "/config/corncob.yaml";
    EXPECT_EQ(run({"check-config", path}).out, path + ": ok\n");
}

TEST(CommandLine, ShowsVersionAndHelp) {
    EXPECT_EQ(run({"--version"}).out, "corncob " CORNCOB_VERSION "\n");
    EXPECT_EQ(run({"--version"}).command.exit_code, 0);
    const auto help = run({"--help"});
    EXPECT_EQ(help.command.exit_code, 0);
    EXPECT_NE(help.out.find("check-config"), std::string::npos);
    const auto serve_help = run({"serve", "--help"});
    EXPECT_EQ(serve_help.command.action, CommandLine::Action::exit);
    EXPECT_EQ(serve_help.command.exit_code, 0);
    for (const char* flag : {"--config", "--ip", "--port", "--token", "--base-url", "--isolation", "--python-prefix",
                             "--allow-origin", "--io-threads", "--log-level", "--drain-timeout"}) {
        EXPECT_NE(serve_help.out.find(flag), std::string::npos) << flag;
    }
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
    expect_usage_error(run({"kernels"}), "unknown command 'kernels'");
    expect_usage_error(run({"kernel"}), "-f");
    expect_usage_error(run({"kernel", "-f", "a", "--port", "1"}), "--port");
    expect_usage_error(run({"kernel", "a.json"}), "-f");
    expect_usage_error(run({"serve", "--colour"}), "--colour");
    expect_usage_error(run({"serve", "extra"}), "extra");
    expect_usage_error(run({"--port", "1"}), "--port");
    expect_usage_error(run({}), "serve");
}

TEST(CommandLine, RunsOneKernel) {
    const auto outcome =
        run({"kernel", "-f", "a.json", "--python-prefix", "/opt/venv"},
            {{"JPY_PARENT_PID", "123"}, {"KG_MAX_KERNELS", "x"}, {"KG_SEED_URI", "y"}, {"XDG_STATE_HOME", "/state"}});
    ASSERT_EQ(outcome.command.action, CommandLine::Action::kernel) << outcome.err;
    EXPECT_EQ(outcome.out + outcome.err, "") << "the daemon's variables are not its own";
    EXPECT_EQ(outcome.command.kernel.connection_file, "a.json");
    EXPECT_EQ(outcome.command.kernel.parent_pid, 123);
    EXPECT_EQ(outcome.command.config.kernels.python_prefix, "/opt/venv");
    EXPECT_EQ(outcome.command.config.kernels.prespawn_count, 0U);
    EXPECT_EQ(outcome.command.config.kernels.state_dir, "/state/corncob") << "its history and its cache are kept";
    EXPECT_EQ(outcome.command.config.log.level, "warn");
}

TEST(CommandLine, TakesTheFlagsOfAKernel) {
    const auto outcome = run({"kernel", "-f", "a.json", "--mode", "chained", "--log-level", "debug"});
    ASSERT_EQ(outcome.command.action, CommandLine::Action::kernel) << outcome.err;
    EXPECT_EQ(outcome.command.config.log.level, "debug");
    EXPECT_FALSE(outcome.command.kernel.parent_pid);
    for (const char* nonsense : {"", "x", "0", "-1", "99999999999999"}) {
        EXPECT_FALSE(run({"kernel", "-f", "a"}, {{"JPY_PARENT_PID", nonsense}}).command.kernel.parent_pid) << nonsense;
    }
    // `jupyter run --kernel corncob a.py b.py` starts its kernel with the files at the end.
    EXPECT_EQ(run({"kernel", "-f", "a", "a.py", "b.py"}).command.action, CommandLine::Action::kernel);
    const auto concurrent = run({"kernel", "-f", "a.json", "--mode", "concurrent"}).command.config;
    EXPECT_EQ(concurrent.kernelspecs.at(concurrent.kernels.default_kernel_name).modes,
              std::vector<std::string>{"concurrent"});
    const auto trio = run({"kernel", "-f", "a.json", "--mode", "trio-cache"}).command.config;
    EXPECT_EQ(trio.kernelspecs.at(trio.kernels.default_kernel_name).loop, "trio");
    EXPECT_EQ(trio.kernelspecs.at(trio.kernels.default_kernel_name).modes, std::vector<std::string>{"cache"});
    expect_usage_error(run({"kernel", "-f", "a", "--mode", "tri"}), "unknown mode");
    expect_usage_error(run({"kernel", "-f", "a", "--log-level", "loud"}), "--log-level");
}

TEST(CommandLine, LeavesKernelspecsToTheirCommands) {
    expect_usage_error(run({"install", "tri"}), "unknown mode");
    EXPECT_EQ(run({"list"}, {{"HOME", "/nowhere"}}).command.exit_code, 0);
}

TEST(CommandLine, RefusesIncompleteAndRepeatedFlags) {
    expect_usage_error(run({"serve", "--port"}), "--port");
    expect_usage_error(run({"serve", "--port", "1", "--port", "2"}), "--port");
    expect_usage_error(run({"check-config"}), "FILE");
    expect_usage_error(run({"serve", "--token", ""}), "--token: token: must be 1 to 1024 visible ASCII characters");
}

}  // namespace
}  // namespace corncob::server
