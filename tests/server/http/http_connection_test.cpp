// HTTP as it is on the wire: a whole gateway over the loopback, and clients that send what they like.
#include "server/http/http_connection.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::RawClient;
using tests::RunningGateway;

RunningGateway::Change small_limits() {
    return [](config::GatewayConfig& config) {
        config.server.header_bytes_max = 2048;
        config.server.body_bytes_max = 1024;
        config.server.request_timeout_seconds = 1;
        config.server.keep_alive_timeout_seconds = 1;
    };
}

TEST(HttpConnection, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    const std::string version = "GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(version + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + version);
    EXPECT_EQ(RunningGateway::status(client.read_response()), 200U);
    EXPECT_EQ(RunningGateway::status(client.read_response()), 404U);
    EXPECT_EQ(RunningGateway::status(client.read_response()), 200U);
    client.send(version);
    EXPECT_EQ(RunningGateway::status(client.read_response()), 200U);
    client.send("GET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(client.read_response()), 200U);
    EXPECT_TRUE(client.wait_closed());
}

TEST(HttpConnection, Http10ClosesUnlessAskedToKeep) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    client.send("GET /api HTTP/1.0\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(client.read_all()), 200U);
}

TEST(HttpConnection, EveryResponseCarriesTheSecurityHeaders) {
    RunningGateway gateway;
    for (const char* target : {"/api", "/nothing", "/api/kernels"}) {
        const std::string response = gateway.ask("GET", target);
        EXPECT_NE(response.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << response;
        EXPECT_NE(response.find("Content-Security-Policy: frame-ancestors 'none'\r\n"), std::string::npos);
        EXPECT_NE(response.find("Server: corncob\r\n"), std::string::npos);
        EXPECT_NE(response.find("Date: "), std::string::npos);
    }
}

TEST(HttpConnection, HeadSendsTheLengthWithoutTheBody) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    client.send(RunningGateway::head("HEAD", "/api/spec.yaml", "Connection: close\r\n\r\n"));
    const std::string response = client.read_all();
    EXPECT_TRUE(response.ends_with("\r\n\r\n")) << response;
    EXPECT_EQ(response.find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(HttpConnection, NoContentHasNoLength) {
    RunningGateway gateway;
    const std::string id = gateway.start_kernel();
    RawClient client(gateway.port());
    client.send(RunningGateway::head("POST", "/api/kernels/" + id + "/interrupt", "Connection: close\r\n\r\n"));
    const std::string response = client.read_all();
    EXPECT_EQ(RunningGateway::status(response), 204U);
    EXPECT_EQ(response.find("Content-Length"), std::string::npos) << response;
}

TEST(HttpConnection, LongHeadersAre431) {
    RunningGateway gateway(small_limits());
    for (const std::string& request : {"GET /api HTTP/1.1\r\nHost: a\r\nX: " + std::string(3000, 'x') + "\r\n\r\n",
                                       "GET /" + std::string(200000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        RawClient client(gateway.port());
        client.send(request);
        const std::string response = client.read_response();
        EXPECT_EQ(RunningGateway::status(response), 431U) << response;
        EXPECT_EQ(RunningGateway::body(response)["reason"], "Request Header Fields Too Large");
        EXPECT_TRUE(client.wait_closed());
    }
}

TEST(HttpConnection, LongBodiesAre413) {
    RunningGateway gateway(small_limits());
    const std::string head = "POST /api/kernels HTTP/1.1\r\nHost: a\r\n";
    RawClient announced(gateway.port());
    announced.send(head + "Content-Length: 1025\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(announced.read_response()), 413U);
    RawClient sending(gateway.port());  // the client that sends it all still gets to read the answer
    sending.send(head + "Content-Length: 500000\r\n\r\n" + std::string(500000, ' '));
    EXPECT_EQ(RunningGateway::status(sending.read_response()), 413U);
    RawClient chunked(gateway.port());
    chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n500\r\n" + std::string(0x500, ' ') + "\r\n");
    EXPECT_EQ(RunningGateway::status(chunked.read_response()), 413U);
    RawClient fitting(gateway.port());
    fitting.send(RunningGateway::head("POST", "/api/kernels", "Content-Length: 1024\r\n\r\n") + "{}" +
                 std::string(1022, ' '));
    EXPECT_EQ(RunningGateway::status(fitting.read_response()), 201U);
}

TEST(HttpConnection, SlowRequestsAre408) {
    RunningGateway gateway(small_limits());
    RawClient slow_header(gateway.port());
    RawClient slow_body(gateway.port());
    RawClient silent(gateway.port());
    slow_header.send("GET /api HTTP/1.1\r\nHost:");
    slow_body.send(RunningGateway::head("POST", "/api/kernels", "Content-Length: 100\r\n\r\n") + "{");
    const std::string header_response = slow_header.read_all();
    EXPECT_EQ(RunningGateway::status(header_response), 408U) << header_response;
    const std::string body_response = slow_body.read_all();
    EXPECT_EQ(RunningGateway::status(body_response), 408U) << body_response;
    EXPECT_EQ(RunningGateway::body(body_response)["reason"], "Request Timeout");
    EXPECT_EQ(silent.read_all(), "");  // nobody asked anything, nothing is answered
}

TEST(HttpConnection, IdleConnectionsAreClosed) {
    RunningGateway gateway(small_limits());
    RawClient client(gateway.port());
    client.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(client.read_response()), 200U);
    EXPECT_EQ(client.read_all(), "");
    EXPECT_TRUE(client.wait_closed());
}

TEST(HttpConnection, MalformedRequestsAre400AndEndTheConnection) {
    RunningGateway gateway;
    const std::string next = "GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string post = "POST /api/kernels HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& request : {
             std::string("GARBAGE\r\n\r\n"),
             std::string("GET /api HTTP/9.9\r\nHost: a\r\n\r\n"),
             std::string("GET /api HTTP/1.1\r\n\r\n"),
             std::string("GET /api HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n"),
             std::string("GET /api HTTP/1.1\r\nHost: a\r\nX: a") + '\0' + "b\r\n\r\n",
             post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
             post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
             post + "Content-Length: 2, 2\r\n\r\n{}",
             post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
             post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
             post + "Transfer-Encoding: identity\r\n\r\n",
             post + "Content-Length: -1\r\n\r\n",
             post + "Content-Length: 99999999999999999999\r\n\r\n",
         }) {
        RawClient client(gateway.port());
        client.send(request + next);
        const std::string response = client.read_all();
        EXPECT_EQ(RunningGateway::status(response), 400U) << request << "\n" << response;
        EXPECT_EQ(response.find("HTTP/1.1", 8), std::string::npos) << "smuggled: " << request << "\n" << response;
    }
}

TEST(HttpConnection, TargetsThatAreNoPathAre400) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    client.send("GET api HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(client.read_response()), 400U);
}

TEST(HttpConnection, SaysContinueToWhoAsks) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    client.send(RunningGateway::head("POST", "/api/kernels", "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}");
    EXPECT_EQ(RunningGateway::status(client.read_response()), 201U);
}

TEST(HttpConnection, ChunkedBodiesAreRead) {
    RunningGateway gateway;
    RawClient client(gateway.port());
    client.send(RunningGateway::head("POST", "/api/kernels", "Transfer-Encoding: chunked\r\n\r\n"));
    client.send("8\r\n{\"name\":\r\n");
    client.send("a\r\n\"python3\"}\r\n0\r\n\r\n");
    EXPECT_EQ(RunningGateway::status(client.read_response()), 201U);
}

}  // namespace
}  // namespace corncob::server
