#include "server/reload.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/fake_hub.hpp"
#include "tests/fakes/running_gateway.hpp"
#include "tests/fakes/tls_client.hpp"

namespace corncob::server {
namespace {

using tests::CertificateAuthority;
using tests::RunningGateway;
using tests::TlsClient;

/// The SHA-256 of "abc".
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A gateway that finds `next_` when it looks again.
class ReloadTest : public testing::Test {
 protected:
    void start(const RunningGateway::Change& change = {}) {
        const auto keep = [&](config::GatewayConfig& config) {
            if (change) change(config);
            config_ = config;
        };
        gateway_ = std::make_unique<RunningGateway>(
            keep, [this](Gateway& gateway) { gateway.reload_by([this] { return next_; }); });
    }
    bool reload(const config::Loaded& next) {
        next_ = next;
        return gateway_->gateway().reload();
    }
    unsigned status(const std::string& token) {
        tests::RawClient client(gateway_->port());
        client.send("GET /api/kernels HTTP/1.1\r\nHost: a\r\nAuthorization: token " + token + "\r\n\r\n");
        return RunningGateway::status(client.read_response());
    }
    std::string log() {
        gateway_->stop();
        return gateway_->log();
    }

    config::GatewayConfig config_;  // what it was started with
    config::Loaded next_;
    std::unique_ptr<RunningGateway> gateway_;
};

TEST_F(ReloadTest, TokensComeAndGo) {
    start();
    EXPECT_EQ(status("s3cret"), 200U);
    config::GatewayConfig next = config_;
    next.token = "another";
    EXPECT_TRUE(reload(next));
    EXPECT_EQ(status("s3cret"), 403U);
    EXPECT_EQ(status("another"), 200U);
    const std::string text = log();
    EXPECT_NE(text.find("configuration reloaded: changed: token"), std::string::npos) << text;
    EXPECT_EQ(text.find("another"), std::string::npos) << "a token in the log";
}

TEST_F(ReloadTest, AllOrNothing) {
    start();
    EXPECT_FALSE(reload(std::vector<config::Problem>{{{"c.yaml", 3}, "server.port", "is wrong"}}));
    config::GatewayConfig next = config_;
    next.token = "another";
    next.server.tls = {.certificate = "/nowhere/c.pem", .key = "/nowhere/k.pem", .client_ca = ""};
    EXPECT_FALSE(reload(next));
    EXPECT_EQ(status("s3cret"), 200U);
    EXPECT_EQ(status("another"), 403U);
    const std::string text = log();
    EXPECT_NE(text.find("configuration not reloaded: c.yaml:3: server.port: is wrong"), std::string::npos) << text;
    EXPECT_NE(text.find("configuration not reloaded: server.tls.certificate: /nowhere/c.pem: "), std::string::npos);
}

TEST_F(ReloadTest, WhatNeedsARestartIsSaidEachTime) {
    start();
    config::GatewayConfig next = config_;
    next.server.io_threads = 7;
    next.log.level = "warn";
    EXPECT_TRUE(reload(next));
    EXPECT_TRUE(reload(next));
    const std::string text = log();
    const std::string said = "configuration: needs a restart: server.io_threads";
    const auto first = text.find(said);
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_NE(text.find(said, first + 1), std::string::npos);
    EXPECT_EQ(text.find("configuration reloaded"), std::string::npos) << "the log's level has changed before";
}

TEST_F(ReloadTest, QuotasCountAtOnce) {
    start();
    gateway_->start_kernel();
    config::GatewayConfig next = config_;
    next.tenants.defaults.quotas.kernels_max = 1;
    EXPECT_TRUE(reload(next));
    EXPECT_EQ(RunningGateway::status(gateway_->ask("POST", "/api/kernels")), 403U);
    next.tenants.named["default"].quotas.kernels_max = 2;
    EXPECT_TRUE(reload(next));
    EXPECT_EQ(RunningGateway::status(gateway_->ask("POST", "/api/kernels")), 201U);
    const std::string text = log();
    EXPECT_NE(text.find("reloaded: changed: tenants.defaults.quotas.kernels_max\n"), std::string::npos) << text;
    EXPECT_NE(text.find("reloaded: changed: tenants.default.quotas.kernels_max\n"), std::string::npos);
}

TEST_F(ReloadTest, TheTokenForMetricsChanges) {
    start([](config::GatewayConfig& config) { config.metrics.token_required = true; });
    const auto scrape = [this] {
        tests::RawClient client(gateway_->port());
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nAuthorization: token abc\r\n\r\n");
        return RunningGateway::status(client.read_response());
    };
    EXPECT_EQ(scrape(), 403U);
    config::GatewayConfig next = config_;
    next.metrics.token_sha256 = kAbc;
    EXPECT_TRUE(reload(next));
    EXPECT_EQ(scrape(), 200U);
    EXPECT_NE(log().find("reloaded: changed: metrics.token_sha256\n"), std::string::npos);
}

TEST_F(ReloadTest, AnEndpointOfATenantNeedsARestart) {
    start();
    config::GatewayConfig next = config_;
    next.tenants.named["ada"] = {.zmq = true, .quotas = {}};
    EXPECT_TRUE(reload(next));
    EXPECT_TRUE(reload(next));
    const std::string text = log();
    const std::string said = "configuration: needs a restart: tenants.ada.zmq\n";
    const auto first = text.find(said);
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_NE(text.find(said, first + 1), std::string::npos) << "it is as true the second time";
    EXPECT_EQ(text.find("changed: tenants"), std::string::npos);
}

TEST_F(ReloadTest, TheLastTokenStays) {
    start([](config::GatewayConfig& config) {
        config.token.reset();
        config.auth.tokens.push_back({"a", "ada", kAbc, {"read"}, ""});
    });
    config::GatewayConfig next = config_;
    next.auth.tokens.clear();
    EXPECT_FALSE(reload(next));
    EXPECT_EQ(status("abc"), 200U);
    EXPECT_NE(log().find("configuration not reloaded: auth.tokens: there would be no token left"), std::string::npos);
}

TEST_F(ReloadTest, TheHubsUsersAreMappedAnew) {
    tests::FakeHub hub;
    hub.let_in("of-ada", "ada", {{"groups", {"physics"}}});
    start([&](config::GatewayConfig& config) { config.hub = hub.config(); });
    EXPECT_EQ(status("of-ada"), 200U);
    config::GatewayConfig next = config_;
    next.auth.jupyterhub.tenant_by = "group";
    next.auth.jupyterhub.groups = "staff";
    EXPECT_TRUE(reload(next));
    EXPECT_EQ(status("of-ada"), 403U) << "the Hub's earlier answer still counts";
}

TEST_F(ReloadTest, ARenewedCertificateIsForTheNextConnection) {
    CertificateAuthority authority;
    const auto first = authority.sign("first");
    const auto second = authority.sign("second");
    start([&](config::GatewayConfig& config) {
        config.server.tls = {.certificate = first.certificate, .key = first.key, .client_ca = ""};
    });
    TlsClient::Options options;
    options.ca = authority.file();
    TlsClient open(gateway_->port(), options);
    EXPECT_EQ(open.subject(), "first");
    EXPECT_EQ(open.get("/api"), 200U);
    for (const auto& [from, to] : {std::pair(second.certificate, first.certificate), {second.key, first.key}}) {
        std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_TRUE(reload(config_));
    EXPECT_EQ(open.get("/api"), 200U) << "what is open stays open";
    TlsClient next(gateway_->port(), options);
    EXPECT_EQ(next.subject(), "second");
    EXPECT_EQ(next.get("/api"), 200U);
    config::GatewayConfig plain = config_;
    plain.server.tls = {};
    EXPECT_TRUE(reload(plain));
    EXPECT_EQ(TlsClient(gateway_->port(), options).get("/api"), 200U);
    EXPECT_NE(log().find("needs a restart: server.tls.certificate, server.tls.key\n"), std::string::npos);
}

TEST_F(ReloadTest, BySighup) {
    start();
    config::GatewayConfig next = config_;
    next.token = "another";
    next_ = next;
    ::kill(::getpid(), SIGHUP);
    EXPECT_TRUE(tests::eventually([&] { return status("another") == 200U; }));
}

}  // namespace
}  // namespace corncob::server
