#include "server/healthcheck.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/fakes/certificates.hpp"
#include "tests/fakes/fake_hub.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::FakeHub;

struct Outcome {
    int exit_status;
    std::string out;
    std::string err;
};

Outcome check(const config::ServerConfig& server, bool ready = false,
              std::chrono::milliseconds timeout = kHealthcheckTimeout) {
    config::GatewayConfig config;
    config.server = server;
    std::ostringstream out;
    std::ostringstream err;
    const int exit_status = healthcheck(config, ready, out, err, timeout);
    return {exit_status, out.str(), err.str()};
}

config::ServerConfig at(std::uint16_t port) {
    config::ServerConfig server;
    server.port = port;
    return server;
}

std::string url(std::uint16_t port, const std::string& target) {
    return "127.0.0.1:" + std::to_string(port) + target;
}

TEST(Healthcheck, OfADaemonThatRuns) {
    tests::RunningGateway gateway([](auto& config) { config.server.base_url = "/services/corncob/"; });
    auto server = at(gateway.port());
    server.base_url = "/services/corncob/";
    for (const char* ip : {"127.0.0.1", "0.0.0.0"}) {
        server.ip = ip;
        const auto alive = check(server);
        EXPECT_EQ(alive.exit_status, 0) << alive.err;
        EXPECT_EQ(alive.out, "http://" + url(server.port, "/services/corncob/healthz") + ": ok\n");
        EXPECT_EQ(alive.err, "");
        EXPECT_EQ(check(server, true).out, "http://" + url(server.port, "/services/corncob/readyz") + ": ok\n");
    }
    server.base_url = "/elsewhere/";
    const auto elsewhere = check(server);
    EXPECT_EQ(elsewhere.exit_status, 1);
    EXPECT_EQ(elsewhere.err, "corncob: http://" + url(server.port, "/elsewhere/healthz") + ": 404 Not Found\n");
}

TEST(Healthcheck, OfOneThatIsNotReady) {
    FakeHub daemon;
    daemon.answer_by([](const FakeHub::Request& request) {
        return request.target() == "/readyz" ? FakeHub::Answer{503, "{}"} : FakeHub::Answer{200, "{}"};
    });
    EXPECT_EQ(check(at(daemon.port())).exit_status, 0);
    const auto ready = check(at(daemon.port()), true);
    EXPECT_EQ(ready.exit_status, 1);
    EXPECT_EQ(ready.out, "");
    EXPECT_EQ(ready.err, "corncob: http://" + url(daemon.port(), "/readyz") + ": 503 Service Unavailable\n");
}

TEST(Healthcheck, WhereNobodyListens) {
    std::uint16_t port = 0;
    {
        const FakeHub gone;
        port = gone.port();
    }
    const auto nobody = check(at(port));
    EXPECT_EQ(nobody.exit_status, 1);
    EXPECT_EQ(nobody.err, "corncob: http://" + url(port, "/healthz") + ": Connection refused\n");
}

TEST(Healthcheck, OfOneThatHangs) {
    tests::Gate gate;
    FakeHub daemon;
    daemon.answer_by([&gate](const FakeHub::Request&) {
        gate.pass();
        return FakeHub::Answer{};
    });
    const auto slow = check(at(daemon.port()), false, std::chrono::milliseconds(50));
    EXPECT_EQ(slow.exit_status, 1);
    EXPECT_EQ(slow.err, "corncob: http://" + url(daemon.port(), "/healthz") + ": no answer within 50 ms\n");
    gate.open();
}

TEST(Healthcheck, OfAPortThatOnlyTheDaemonKnows) {
    const auto unknown = check(at(0));
    EXPECT_EQ(unknown.exit_status, 1);
    EXPECT_NE(unknown.err.find("server.port is 0"), std::string::npos) << unknown.err;
}

TEST(Healthcheck, OverTls) {
    tests::CertificateAuthority authority;
    const auto own = authority.sign("daemon", "DNS:gateway.example.org");
    FakeHub daemon(0, FakeHub::Tls{own, authority.file()});
    daemon.answer_by([](const FakeHub::Request&) { return FakeHub::Answer{200, "{}"}; });
    auto server = at(daemon.port());
    server.tls = {own.certificate, own.key, authority.file()};
    const auto alive = check(server);
    EXPECT_EQ(alive.exit_status, 0) << alive.err;
    EXPECT_EQ(alive.out, "https://" + url(daemon.port(), "/healthz") + ": ok\n");
    server.tls.key = "/nowhere.key";
    EXPECT_EQ(check(server).exit_status, 1) << "what cannot be read is said, not thrown";
    const FakeHub plain;
    server.port = plain.port();
    server.tls = {own.certificate, own.key, ""};
    EXPECT_NE(check(server).err.find("no TLS: "), std::string::npos);
}

TEST(Healthcheck, OfADaemonWhoseClientsHaveAnotherAuthority) {
    tests::CertificateAuthority authority;
    tests::CertificateAuthority of_clients("authority of clients");
    const auto own = authority.sign("daemon", "DNS:gateway.example.org");
    const config::TlsConfig tls{own.certificate, own.key, of_clients.file()};
    tests::RunningGateway gateway([&tls](auto& config) { config.server.tls = tls; });
    auto server = at(gateway.port());
    server.tls = tls;
    const auto alive = check(server);
    EXPECT_EQ(alive.exit_status, 0) << alive.err;
    const auto renewed = authority.sign("renewed");
    server.tls = {renewed.certificate, renewed.key, of_clients.file()};
    EXPECT_EQ(check(server).exit_status, 1) << "the daemon has not read it yet";
}

}  // namespace
}  // namespace corncob::server
