#include "server/metrics/metrics_door.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using tests::RawClient;
using tests::RunningGateway;

/// A port that is free now.
std::uint16_t free_port() {
    asio::io_context context;
    return TcpAcceptor(context.get_executor(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0))
        .local_endpoint()
        .port();
}

unsigned status_at(std::uint16_t port, const std::string& target) {
    RawClient client(port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return RunningGateway::status(client.read_response());
}

TEST(MetricsDoor, APortOfItsOwnServesMetricsAlone) {
    const std::uint16_t port = free_port();
    RunningGateway gateway([port](auto& config) {
        config.metrics.port = port;
        config.server.base_url = "/base/";
    });
    EXPECT_EQ(status_at(port, "/metrics"), 200U);
    EXPECT_EQ(status_at(port, "/healthz"), 404U);
    EXPECT_EQ(status_at(port, "/api/kernels"), 404U);
    EXPECT_EQ(status_at(gateway.port(), "/base/metrics"), 404U);
    EXPECT_EQ(status_at(gateway.port(), "/base/healthz"), 200U);
}

TEST(MetricsDoor, APortThatIsTakenIsSaid) {
    RunningGateway first;
    const auto second = [&first] {
        RunningGateway gateway([&first](auto& config) { config.metrics.port = first.port(); });
    };
    EXPECT_THROW(second(), std::runtime_error);
}

}  // namespace
}  // namespace corncob::server
