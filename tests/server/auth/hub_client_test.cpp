#include "server/auth/hub_client.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "tests/fakes/fake_hub.hpp"
#include "tests/fakes/gate.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;
using tests::CertificateAuthority;
using tests::FakeHub;

HubResult run(Awaitable<HubResult> question) {
    asio::io_context context;
    HubResult result = Failure<HubErrc>{HubErrc::no_answer, "it threw"};
    asio::co_spawn(context.get_executor(), std::move(question),
                   [&](std::exception_ptr error, HubResult given) { result = error ? result : std::move(given); });
    context.run();
    return result;
}

config::HubConfig hub_at(const std::string& url) {
    config::HubConfig config;
    config.api_url = url;
    return config;
}

HubResult get(const config::HubConfig& config, std::chrono::milliseconds timeout = 20s) {
    const HubClient client(config, timeout);
    return run(client.get("/user", "secret"));
}

TEST(HubClient, AsksWithTheUsersOwnToken) {
    FakeHub hub;
    hub.answer_by([](const FakeHub::Request& request) {
        return FakeHub::Answer{200, std::string(request.method_string()) + " " + std::string(request.target()) + " " +
                                        std::string(request["Authorization"])};
    });
    const auto result = get(hub.config());
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->status, 200U);
    EXPECT_EQ(result->body, "GET /hub/api/user token secret");
}

TEST(HubClient, PostsForms) {
    FakeHub hub;
    hub.answer_by([](const FakeHub::Request& request) {
        return FakeHub::Answer{201, std::string(request["Content-Type"]) + " " + request.body() + " " +
                                        std::to_string(request.count("Authorization"))};
    });
    const HubClient client(hub.config());
    const auto result = run(client.post_form("/oauth2/token", "a=b&c=d"));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 201U);
    EXPECT_EQ(result->body, "application/x-www-form-urlencoded a=b&c=d 0");
}

TEST(HubClient, AHubThatIsNotThere) {
    config::HubConfig config;
    {
        const FakeHub hub;
        config = hub.config();
    }
    const auto result = get(config);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HubErrc::no_connection);
    EXPECT_EQ(result.error().detail, "JupyterHub cannot be reached: Connection refused");
}

TEST(HubClient, ANameThatIsUnknown) {
    const auto result = get(hub_at("http://no-such-host.invalid/hub/api"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HubErrc::no_connection);
}

TEST(HubClient, ANameThatIsKnown) {
    FakeHub hub;
    hub.let_in("secret", "ada");
    const auto result = get(hub_at("http://localhost:" + std::to_string(hub.port()) + "/hub/api"));
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->status, 200U);
}

TEST(HubClient, AHubThatIsSlow) {
    tests::Gate gate;  // before the Hub, whose threads use it
    FakeHub hub;
    hub.answer_by([&](const FakeHub::Request&) {
        gate.pass();
        return FakeHub::Answer{};
    });
    const auto result = get(hub.config(), 50ms);
    gate.open();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HubErrc::too_slow);
}

TEST(HubClient, AnAnswerThatIsTooLong) {
    FakeHub hub;
    hub.answer_by([](const FakeHub::Request&) { return FakeHub::Answer{200, std::string(2'000'000, 'x')}; });
    const auto result = get(hub.config());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HubErrc::no_answer);
}

TEST(HubClient, TrustsTheAuthorityThatItIsTold) {
    CertificateAuthority authority;
    CertificateAuthority other("another authority");
    FakeHub hub(0, FakeHub::Tls{authority.sign("hub")});
    hub.let_in("secret", "ada");
    config::HubConfig config = hub.config();
    config.ca = authority.file();
    const auto trusted = get(config);
    ASSERT_TRUE(trusted) << trusted.error().detail;
    EXPECT_EQ(trusted->status, 200U);
    config.ca = other.file();
    const auto strange = get(config);
    ASSERT_FALSE(strange);
    EXPECT_EQ(strange.error().code, HubErrc::no_connection);
    EXPECT_TRUE(strange.error().detail.starts_with("JupyterHub cannot be trusted")) << strange.error().detail;
    config.ca.clear();  // the system's
    EXPECT_FALSE(get(config));
}

TEST(HubClient, TheCertificateMustBeTheHosts) {
    CertificateAuthority authority;
    FakeHub hub(0, FakeHub::Tls{authority.sign("elsewhere", "DNS:elsewhere.example.com,IP:127.0.0.2")});
    config::HubConfig config = hub.config();
    config.ca = authority.file();
    const auto result = get(config);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HubErrc::no_connection);
    EXPECT_EQ(hub.asked(), 0) << "it has seen the token";
}

TEST(HubClient, ShowsItsOwnCertificate) {
    CertificateAuthority authority;
    FakeHub hub(0, FakeHub::Tls{authority.sign("hub"), authority.file()});
    hub.let_in("secret", "ada");
    config::HubConfig config = hub.config();
    config.ca = authority.file();
    EXPECT_FALSE(get(config));
    const auto own = authority.sign("service");
    config.certificate = own.certificate;
    config.key = own.key;
    const auto result = get(config);
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->status, 200U);
}

TEST(HubClient, FilesThatCannotBeUsedAreNamed) {
    config::HubConfig config = hub_at("https://127.0.0.1/hub/api");
    config.ca = "/nowhere/ca.pem";
    try {
        const HubClient client(config);
        FAIL() << "it takes a file that is not there";
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("JUPYTERHUB_SSL_CLIENT_CA: /nowhere/ca.pem: "))
            << error.what();
    }
}

}  // namespace
}  // namespace corncob::server
