// WebSockets as they are on the wire: a whole gateway over the loopback.
#include "server/websocket/kernel_websocket.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/requests.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using protocol::MsgType;
using tests::execute;
using tests::request;
using tests::RunningGateway;

TEST(KernelWebsocket, AnswersInTheFormOfItsClient) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    const auto v1 = gateway.connect(id);
    ASSERT_TRUE(v1->open()) << v1->response();
    EXPECT_NE(v1->response().find("Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org\r\n"), std::string::npos);
    EXPECT_NE(v1->response().find("Server: corncob\r\n"), std::string::npos);
    v1->send_v1(request(MsgType::kernel_info_request, "1"));
    ASSERT_TRUE(v1->receive_message(MsgType::kernel_info_reply));

    const auto legacy = gateway.connect(id, "", false);
    ASSERT_TRUE(legacy->open());
    EXPECT_EQ(legacy->response().find("Sec-WebSocket-Protocol"), std::string::npos);
    const auto message = request(MsgType::kernel_info_request, "2");
    legacy->send(1, protocol::wire::encode_websocket_legacy(message).bytes);
    const auto frame = legacy->receive();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->opcode, 1U);
    ASSERT_TRUE(legacy->receive_message(MsgType::kernel_info_reply));
}

TEST(KernelWebsocket, ACellGoesThereAndBack) {
    RunningGateway gateway;
    const auto client = gateway.connect(gateway.start_kernel());
    client->send_v1(execute("1", "echo hello"));
    std::vector<MsgType> types;
    for (;;) {
        const auto message = client->receive_message();
        ASSERT_TRUE(message);
        EXPECT_EQ(nlohmann::json::parse(message->parent_header_json)["msg_id"], "1");
        types.push_back(message->header.msg_type);
        if (message->header.msg_type == MsgType::stream) {
            EXPECT_NE(message->content_json.find("hello"), std::string::npos);
        }
        if (message->content_json.find("idle") != std::string::npos) break;
    }
    EXPECT_EQ(types, (std::vector{MsgType::status, MsgType::stream, MsgType::execute_reply, MsgType::status}));
}

TEST(KernelWebsocket, IsRefusedBeforeTheUpgrade) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    const std::string target = "/api/kernels/" + id + "/channels";
    EXPECT_EQ(RunningGateway::status(tests::WebsocketClient(gateway.port(), target).response()), 403U);
    EXPECT_EQ(RunningGateway::status(tests::WebsocketClient(gateway.port(), target + "?token=wrong").response()), 403U);
    EXPECT_EQ(RunningGateway::status(gateway.connect(id, "", true, "Origin: https://evil.com\r\n")->response()), 403U);
    EXPECT_EQ(RunningGateway::status(gateway.connect("00000000-0000-4000-8000-000000000000")->response()), 404U);
    EXPECT_EQ(RunningGateway::status(gateway.ask("GET", target)), 426U);
    EXPECT_TRUE(
        gateway.connect(id, "", true, "Origin: http://127.0.0.1:" + std::to_string(gateway.port()) + "\r\n")->open());
}

TEST(KernelWebsocket, TenantsConnectionsAreLimited) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.tenants.defaults.quotas.connections_max = 1; });
    const std::string id = gateway.start_kernel();
    const auto first = gateway.connect(id);
    ASSERT_TRUE(first->open());
    const auto second = gateway.connect(id);
    EXPECT_EQ(RunningGateway::status(second->response()), 403U);
    EXPECT_EQ(RunningGateway::body(second->response())["reason"], "Resource Limit");
}

TEST(KernelWebsocket, AMessageOverTheLimitCloses1009) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.message_bytes_max = 1000; });
    const auto client = gateway.connect(gateway.start_kernel());
    client->send(2, std::string(2000, 'x'));
    const auto close = client->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1009U);
}

TEST(KernelWebsocket, UnknownWordsCostOnlyTheirMessage) {
    RunningGateway gateway;
    const auto client = gateway.connect(gateway.start_kernel(), "", false);
    client->send(1, R"({"channel":"smoke","header":{"msg_id":"1","session":"s","msg_type":"kernel_info_request"}})");
    client->send(1, R"({"channel":"shell","header":{"msg_id":"2","session":"s","msg_type":"dance_request"}})");
    client->send(1, R"({"channel":"shell","header":{"msg_id":"3","session":"s","msg_type":"kernel_info_request"}})");
    const auto reply = client->receive_message(MsgType::kernel_info_reply);
    ASSERT_TRUE(reply);
    EXPECT_EQ(nlohmann::json::parse(reply->parent_header_json)["msg_id"], "3");
}

TEST(KernelWebsocket, FramesThatAreNoMessagesClose) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    const auto text_in_v1 = gateway.connect(id);
    text_in_v1->send(1, "{}");
    EXPECT_EQ(text_in_v1->receive_close()->close_code(), 1003U);
    const auto offsets = gateway.connect(id);
    offsets->send(2, std::string(8, '\xff'));
    EXPECT_EQ(offsets->receive_close()->close_code(), 1003U);
    const auto json = gateway.connect(id, "", false);
    json->send(1, "{nonsense");
    EXPECT_EQ(json->receive_close()->close_code(), 1007U);
    const auto utf8 = gateway.connect(id, "", false);
    utf8->send(1, "\xff\xfe");
    EXPECT_EQ(utf8->receive_close()->close_code(), 1007U);
}

TEST(KernelWebsocket, AnswersPingsAndCloses) {
    RunningGateway gateway;
    const auto client = gateway.connect(gateway.start_kernel());
    client->send(9, "are you there");
    const auto pong = client->receive();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->opcode, 10U);
    EXPECT_EQ(pong->payload, "are you there");
    client->send(8, "\x03\xe8");
    const auto close = client->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1000U);
    EXPECT_TRUE(client->raw().wait_closed());
}

TEST(KernelWebsocket, PingsAndGivesUpOnTheSilent) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.ws_ping_interval_seconds = 1; });
    const auto client = gateway.connect(gateway.start_kernel());
    for (int i = 0; i < 2; ++i) {
        const auto ping = client->receive();
        ASSERT_TRUE(ping);
        EXPECT_EQ(ping->opcode, 9U);
    }
    EXPECT_TRUE(client->raw().wait_closed());  // as no ping is answered
}

TEST(KernelWebsocket, AKernelThatEndsCloses1000) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    const auto client = gateway.connect(id);
    EXPECT_EQ(RunningGateway::status(gateway.ask("DELETE", "/api/kernels/" + id)), 204U);
    const auto close = client->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1000U);
    EXPECT_EQ(close->payload.substr(2), kKernelEnded);
}

TEST(KernelWebsocket, TheSameClientReplacesItsStaleConnection) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    const auto stale = gateway.connect(id, "&session_id=one");
    const auto other = gateway.connect(id, "&session_id=two");
    const auto fresh = gateway.connect(id, "&session_id=one");
    const auto close = stale->receive_close();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1000U);
    EXPECT_EQ(close->payload.substr(2), kReplaced);
    for (const auto& client : {other.get(), fresh.get()}) {
        client->send_v1(request(MsgType::kernel_info_request, "1"));
        EXPECT_TRUE(client->receive_message(MsgType::kernel_info_reply));
    }
}

TEST(KernelWebsocket, AClientThatDoesNotReadIsDisconnected) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.outbox_bytes_max = 1U << 20U; });
    const std::string id = gateway.start_kernel();
    const auto lazy = gateway.connect(id);
    const auto busy = gateway.connect(id);
    const std::string megabyte(900000, 'x');
    // At the latest when sockets and outbox are full. The one who reads gets all of it.
    const auto connections = [&] { return RunningGateway::body(gateway.ask("GET", "/api/status"))["connections"]; };
    ASSERT_TRUE(tests::eventually([&] { return connections() == 2; }));
    for (int i = 0; i < 60 && connections() == 2; ++i) {
        busy->send_v1(execute(std::to_string(i), "echo " + megabyte));
        ASSERT_TRUE(busy->receive_message(MsgType::stream)) << i;
        ASSERT_TRUE(busy->receive_message(MsgType::execute_reply)) << i;
    }
    EXPECT_TRUE(lazy->raw().wait_closed());
    gateway.stop();
    EXPECT_NE(gateway.log().find("outbox_bytes_max"), std::string::npos);
}

TEST(KernelWebsocket, AClientThatMakesOthersWaitForTooLongIsDisconnected) {
    RunningGateway gateway([](config::GatewayConfig& config) {
        config.server.outbox_bytes_max = 1U << 24U;  // never reached
        config.server.slow_client_timeout_seconds = 1;
    });
    const std::string id = gateway.start_kernel();
    const auto lazy = gateway.connect(id);
    const auto busy = gateway.connect(id);
    const std::string megabyte(1U << 20U, 'x');
    for (int i = 0; i < 10; ++i) {  // sockets take less than half of it, so that an eighth of the bound waits
        busy->send_v1(execute(std::to_string(i), "echo " + megabyte));
        ASSERT_TRUE(busy->receive_message(MsgType::execute_reply)) << i;
    }
    const auto connections = [&] { return RunningGateway::body(gateway.ask("GET", "/api/status"))["connections"]; };
    EXPECT_TRUE(tests::eventually([&] { return connections() == 1; }));  // the lazy one reads nothing meanwhile
    EXPECT_TRUE(lazy->raw().wait_closed());
    busy->send_v1(execute("last", "echo x"));
    EXPECT_TRUE(busy->receive_message(MsgType::execute_reply));
    gateway.stop();
    EXPECT_NE(gateway.log().find("slow_client_timeout_seconds"), std::string::npos) << gateway.log();
}

}  // namespace
}  // namespace corncob::server
