#include "server/net/tls.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/running_gateway.hpp"
#include "tests/fakes/tls_client.hpp"

namespace corncob::server {
namespace {

using tests::CertificateAuthority;
using tests::RawClient;
using tests::RunningGateway;
using tests::TlsClient;

config::TlsConfig config_of(const tests::CertificateFiles& files, const std::string& client_ca = {}) {
    return {.certificate = files.certificate, .key = files.key, .client_ca = client_ca};
}

class TlsTest : public testing::Test {
 protected:
    std::string complaint(const config::TlsConfig& config) {
        const auto made = make_tls_context(config);
        return made ? "" : made.error().detail;
    }
    TlsClient::Options options() const {
        TlsClient::Options options;
        options.ca = authority_.file();
        return options;
    }
    static RunningGateway::Change over(const config::TlsConfig& tls) {
        return [tls](config::GatewayConfig& config) { config.server.tls = tls; };
    }

    CertificateAuthority authority_;
    const tests::CertificateFiles files_ = authority_.sign("server");
};

TEST_F(TlsTest, WithoutACertificateThereIsNone) {
    const auto made = make_tls_context({});
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, nullptr);
}

TEST_F(TlsTest, WhatCannotBeUsedIsNamed) {
    EXPECT_EQ(complaint(config_of(files_)), "");
    EXPECT_TRUE(
        complaint(config_of({"/nowhere/c.pem", files_.key})).starts_with("server.tls.certificate: /nowhere/c.pem: "));
    EXPECT_TRUE(
        complaint(config_of({files_.certificate, "/nowhere/k.pem"})).starts_with("server.tls.key: /nowhere/k.pem: "));
    EXPECT_TRUE(complaint(config_of({files_.key, files_.key})).starts_with("server.tls.certificate: "));
    EXPECT_TRUE(complaint(config_of(files_, files_.key)).starts_with("server.tls.client_ca: "));
    const auto other = authority_.sign("other");
    EXPECT_TRUE(complaint(config_of({files_.certificate, other.key})).starts_with("server.tls.key: "))
        << "another's key";
}

TEST_F(TlsTest, SpeaksWhatIsGoodAndNothingElse) {
    RunningGateway gateway(over(config_of(files_)));
    TlsClient newest(gateway.port(), options());
    EXPECT_EQ(newest.failure(), "");
    EXPECT_EQ(newest.version(), "TLSv1.3");
    EXPECT_EQ(newest.get("/api"), 200U);
    EXPECT_EQ(newest.get("/api"), 200U) << "on the same connection";
    TlsClient::Options older = options();
    older.version_max = TLS1_2_VERSION;
    EXPECT_EQ(TlsClient(gateway.port(), older).version(), "TLSv1.2");
    for (const char* cipher : {"AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA"}) {
        older.ciphers = std::string(cipher) + ":@SECLEVEL=0";
        EXPECT_NE(TlsClient(gateway.port(), older).failure(), "") << cipher;
    }
    older.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305";
    EXPECT_EQ(TlsClient(gateway.port(), older).failure(), "");
    TlsClient::Options oldest = options();
    oldest.version_max = TLS1_1_VERSION;
    EXPECT_NE(TlsClient(gateway.port(), oldest).failure(), "");
    EXPECT_EQ(gateway.gateway().url(), "https://127.0.0.1:" + std::to_string(gateway.port()) + "/?token=s3cret");
}

TEST_F(TlsTest, WhoSpeaksPlainlyIsNotAnswered) {
    RunningGateway gateway(over(config_of(files_)));
    RawClient plain(gateway.port());
    plain.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(plain.wait_closed());
    EXPECT_EQ(plain.received().find("HTTP/1.1"), std::string_view::npos);
}

TEST_F(TlsTest, WhoSaysNothingIsNotWaitedFor) {
    RunningGateway gateway([&](config::GatewayConfig& config) {
        config.server.tls = config_of(files_);
        config.server.request_timeout_seconds = 1;
    });
    RawClient silent(gateway.port());
    EXPECT_TRUE(silent.wait_closed());
}

TEST_F(TlsTest, AnIdleConnectionHoldsUpNoEnd) {
    RunningGateway gateway(over(config_of(files_)));
    TlsClient idle(gateway.port(), options());
    EXPECT_EQ(idle.get("/api"), 200U);
    RawClient in_its_handshake(gateway.port());
    gateway.stop();
    EXPECT_EQ(gateway.log().find("do not end"), std::string::npos) << gateway.log();
}

TEST_F(TlsTest, ClientsShowACertificateWhereThatIsAsked) {
    RunningGateway gateway(over(config_of(files_, authority_.file())));
    TlsClient stranger(gateway.port(), options());
    EXPECT_EQ(stranger.get("/api"), 0U);
    CertificateAuthority another("another authority");
    TlsClient::Options foreign = options();
    foreign.own = another.sign("client");
    EXPECT_EQ(TlsClient(gateway.port(), foreign).get("/api"), 0U);
    TlsClient::Options known = options();
    known.own = authority_.sign("client");
    TlsClient client(gateway.port(), known);
    EXPECT_EQ(client.get("/api"), 200U);
    EXPECT_EQ(client.get("/api/kernels"), 403U) << "a certificate is no token";
    EXPECT_EQ(client.get("/api/kernels", RunningGateway::kToken), 200U);
}

TEST_F(TlsTest, TheDaemonsOwnCertificateIsTakenWhoeverHasSignedIt) {
    CertificateAuthority of_clients("authority of clients");
    RunningGateway gateway(over(config_of(files_, of_clients.file())));
    TlsClient::Options own = options();
    own.own = files_;
    EXPECT_EQ(TlsClient(gateway.port(), own).get("/api"), 200U);
    EXPECT_EQ(TlsClient(gateway.port(), own).get("/api/kernels"), 403U) << "and is no token";
    own.own = authority_.sign("server");
    EXPECT_EQ(TlsClient(gateway.port(), own).get("/api"), 0U) << "another one of the same name";
    own.own = of_clients.sign("client");
    EXPECT_EQ(TlsClient(gateway.port(), own).get("/api"), 200U);
}

TEST_F(TlsTest, TheNextConnectionGetsTheNextContext) {
    CurrentTls current(make_tls_context(config_of(files_)).value());
    const TlsContext first = current.get();
    EXPECT_EQ(current.get(), first);
    current.replace(make_tls_context(config_of(authority_.sign("next"))).value());
    EXPECT_NE(current.get(), first);
}

}  // namespace
}  // namespace corncob::server
