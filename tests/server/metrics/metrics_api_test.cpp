#include "server/metrics/metrics_api.hpp"

#include <gtest/gtest.h>

#include "server/auth/token_authenticator.hpp"
#include "tests/fakes/requests.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::RawClient;
using tests::RunningGateway;

// SHA-256 of "scraper".
constexpr const char* kScraperSha256 = "7c09b62405a2c0917f8b7440599ce947d2dc40bc8ece294d8be99fd808b593f0";

std::string scrape(std::uint16_t port, const std::string& headers = {}, const std::string& target = "/metrics") {
    RawClient client(port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    return client.read_response();
}

bool has(const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsApi, IsForEverybodyUnlessATokenIsRequired) {
    RunningGateway gateway;
    const std::string response = scrape(gateway.port());
    EXPECT_EQ(RunningGateway::status(response), 200U);
    EXPECT_NE(response.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
    EXPECT_TRUE(has(response, "corncob_tenants 0")) << response;
    EXPECT_EQ(RunningGateway::status(gateway.ask("POST", "/metrics")), 405U);
}

TEST(MetricsApi, OpenMetricsForWhoAsks) {
    RunningGateway gateway;
    const std::string response = scrape(gateway.port(), "Accept: application/openmetrics-text; version=1.0.0\r\n");
    EXPECT_NE(response.find("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
              std::string::npos);
    EXPECT_TRUE(response.ends_with("\n# EOF\n"));
}

TEST(MetricsApi, IsNotThereIfItIsSwitchedOff) {
    RunningGateway gateway([](auto& config) { config.metrics.enabled = false; });
    EXPECT_EQ(RunningGateway::status(scrape(gateway.port())), 404U);
}

TEST(MetricsApi, AsksForATokenWhereThatIsRequired) {
    RunningGateway gateway([](auto& config) {
        config.metrics.token_required = true;
        config.metrics.token_sha256 = kScraperSha256;
        const std::string reader(64, '1');
        config.auth.tokens.push_back({"reader", "t", reader, {"read"}, {}});
    });
    const auto status = [&gateway](const std::string& headers) {
        return RunningGateway::status(scrape(gateway.port(), headers));
    };
    EXPECT_EQ(status(""), 403U);
    EXPECT_EQ(status("Authorization: Bearer wrong\r\n"), 403U);
    EXPECT_EQ(status("Authorization: Bearer scraper\r\n"), 200U);
    EXPECT_EQ(status("Authorization: Bearer s3cret\r\n"), 200U) << "it has the right admin";
    EXPECT_EQ(RunningGateway::status(scrape(gateway.port(), "Authorization: Bearer scraper\r\n", "/api/kernels")), 403U)
        << "it is good for nothing else";
    const std::string response = scrape(gateway.port(), "Authorization: Bearer scraper\r\n");
    EXPECT_TRUE(has(response, R"(corncob_authentications_total{result="missing"} 1)")) << response;
    EXPECT_TRUE(has(response, R"(corncob_authentications_total{result="refused"} 2)"));
    gateway.stop();
    EXPECT_EQ(gateway.log().find("wrong"), std::string::npos);
    EXPECT_EQ(gateway.log().find("scraper"), std::string::npos);
}

TEST(MetricsApi, CountsWhatAClientDid) {
    RunningGateway gateway;
    const std::string kernel = gateway.start_kernel();
    const auto client = gateway.connect(kernel);
    ASSERT_TRUE(client->open());
    client->send_v1(tests::execute("a", "echo hi"));
    for (int idle = 0; idle < 1;) {
        const auto message = client->receive_message();
        ASSERT_TRUE(message);
        idle += message->content_json == R"({"execution_state":"idle"})" ? 1 : 0;
    }
    client->send(2, "no message");  // is told by a close
    while (client->receive_message()) {
    }
    const std::string text = scrape(gateway.port());
    EXPECT_TRUE(has(text, R"(corncob_messages_total{channel="shell",direction="in",msg_type="execute_request"} 1)"))
        << text;
    EXPECT_TRUE(has(text, R"(corncob_messages_total{channel="iopub",direction="out",msg_type="status"} 2)"));
    EXPECT_TRUE(has(text, R"(corncob_messages_total{channel="iopub",direction="out",msg_type="stream"} 1)"));
    EXPECT_TRUE(has(text, R"(corncob_kernel_start_duration_seconds_count{kernel_name="python3"} 1)"));
    EXPECT_TRUE(has(text, R"(corncob_cells_total{status="ok",tenant="default"} 1)"));
    EXPECT_TRUE(has(text, R"(corncob_http_requests_total{method="GET",status="101"} 1)"));
    EXPECT_TRUE(has(text, R"(corncob_http_requests_total{method="POST",status="201"} 1)"));
    EXPECT_TRUE(has(text, R"(corncob_authentications_total{result="accepted"} 2)"));
    EXPECT_NE(text.find("corncob_dropped_messages_total{reason="), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
