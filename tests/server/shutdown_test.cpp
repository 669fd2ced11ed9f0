#include "server/shutdown.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/requests.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using protocol::MsgType;
using tests::execute;
using tests::RunningGateway;

/// A client whose cell "block" is running.
std::unique_ptr<tests::WebsocketClient> blocked(RunningGateway& gateway, const std::string& kernel_id) {
    auto client = gateway.connect(kernel_id);
    client->send_v1(execute("cell", "block"));
    EXPECT_TRUE(client->receive_message(MsgType::status));
    return client;
}

TEST(Shutdown, AnIdleGatewayEndsAtOnceAndClosesWith1012) {
    RunningGateway gateway;
    const auto client = gateway.connect(gateway.start_kernel());
    tests::RawClient idle(gateway.port());
    idle.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.read_response();
    gateway.gateway().stop();
    const auto close = client->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1012U);
    const auto answered = std::chrono::steady_clock::now();
    client->answer_close(*close);
    EXPECT_TRUE(idle.wait_closed());
    gateway.join();  // though the client keeps its side of the connection open
    EXPECT_LT(std::chrono::steady_clock::now() - answered, std::chrono::seconds(4));
}

TEST(Shutdown, WhileDrainingNewWorkIsRefusedAndRunningCellsGoOn) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.drain_timeout_seconds = 60; });
    const std::string id = gateway.start_kernel();
    const auto client = blocked(gateway, id);
    EXPECT_EQ(RunningGateway::status(gateway.ask("GET", "/readyz")), 200U);
    gateway.gateway().stop();
    // The drain begins on another thread; the cell holds it up until it is interrupted below.
    while (RunningGateway::status(gateway.ask("GET", "/readyz")) != 503U) std::this_thread::yield();
    EXPECT_EQ(RunningGateway::status(gateway.ask("GET", "/healthz")), 200U);
    EXPECT_EQ(RunningGateway::status(gateway.ask("POST", "/api/kernels")), 503U);
    EXPECT_EQ(RunningGateway::status(gateway.ask("GET", "/api/kernels/" + id)), 200U);
    const auto late = gateway.connect(id);
    late->send_v1(execute("late", "echo no"));
    const auto refused = late->receive_message(MsgType::execute_reply);
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->content_json.find("error"), std::string::npos);

    EXPECT_EQ(RunningGateway::status(gateway.ask("POST", "/api/kernels/" + id + "/interrupt")), 204U);
    const auto reply = client->receive_message(MsgType::execute_reply);
    ASSERT_TRUE(reply);
    EXPECT_NE(reply->content_json.find("KeyboardInterrupt"), std::string::npos);
    for (const auto& each : {client.get(), late.get()}) {
        const auto close = each->receive_close();
        ASSERT_TRUE(close);
        EXPECT_EQ(close->close_code(), 1012U);
        each->answer_close(*close);
    }
    gateway.join();
}

TEST(Shutdown, ACellThatTakesTooLongIsInterrupted) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.drain_timeout_seconds = 0; });
    const auto client = blocked(gateway, gateway.start_kernel());
    gateway.gateway().stop();
    EXPECT_TRUE(client->receive_message(MsgType::execute_reply));
    const auto close = client->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1012U);
    client->answer_close(*close);
    gateway.stop();
    EXPECT_NE(gateway.log().find("drain_timeout_seconds"), std::string::npos);
}

TEST(Shutdown, AClientThatNeverAnswersIsCutOff) {
    RunningGateway gateway;
    const auto client = gateway.connect(gateway.start_kernel());
    gateway.gateway().stop();
    ASSERT_TRUE(client->receive_close());
    EXPECT_TRUE(client->raw().wait_closed());  // without a close frame from here
    gateway.join();
}

}  // namespace
}  // namespace corncob::server
