#include "server/net/acknowledged.hpp"

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/fakes/eventually.hpp"

namespace corncob::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class AcknowledgedTest : public testing::Test {
 protected:
    AcknowledgedTest() {
        tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        client_.open(tcp::v4());
        client_.set_option(asio::socket_base::receive_buffer_size(4096));
        client_.connect(acceptor.local_endpoint());
        acceptor.accept(server_);
    }
    bool acknowledges(std::uint64_t bytes) {
        return tests::eventually([&] { return acknowledged_bytes(server_.native_handle()) == bytes; });
    }
    /// Gives the socket as much as it takes.
    std::size_t fill() {
        server_.non_blocking(true);
        const std::string text(1U << 16U, 'x');
        boost::system::error_code error;
        std::size_t bytes = 0;
        while (!error) bytes += server_.write_some(asio::buffer(text), error);
        return bytes;
    }

    asio::io_context context_;
    tcp::socket client_{context_};
    tcp::socket server_{context_};
};

TEST_F(AcknowledgedTest, CountsFromNothing) {
    EXPECT_EQ(acknowledged_bytes(server_.native_handle()), 0U);
    EXPECT_EQ(written_bytes(server_.native_handle()), 0U);
}

TEST_F(AcknowledgedTest, CountsEveryByteThatHasArrived) {
    asio::write(server_, asio::buffer("hello", 5));
    EXPECT_TRUE(acknowledges(5));
    asio::write(server_, asio::buffer("world", 5));
    EXPECT_EQ(written_bytes(server_.native_handle()), 10U);
    EXPECT_TRUE(acknowledges(10));
}

TEST_F(AcknowledgedTest, WhatTheOtherEndHasNoRoomForIsWrittenButNotAcknowledged) {
    const std::size_t written = fill();
    EXPECT_EQ(written_bytes(server_.native_handle()), written);
    EXPECT_LT(acknowledged_bytes(server_.native_handle()), written);
    std::string all(written, ' ');
    asio::read(client_, asio::buffer(all));
    EXPECT_TRUE(acknowledges(written));
}

TEST_F(AcknowledgedTest, AConnectionThatIsResetKeepsItsCount) {
    const std::size_t written = fill();
    std::uint64_t before = 0;
    EXPECT_TRUE(tests::eventually([&] {  // until the other end is full
        const auto now = acknowledged_bytes(server_.native_handle());
        return std::exchange(before, now) == now && now > 0;
    }));
    client_.set_option(asio::socket_base::linger(true, 0));
    client_.close();
    char byte = 0;
    boost::system::error_code error;
    EXPECT_TRUE(tests::eventually([&] {
        server_.read_some(asio::buffer(&byte, 1), error);
        return error == asio::error::connection_reset;
    }));
    EXPECT_GE(acknowledged_bytes(server_.native_handle()), before);
    EXPECT_LT(acknowledged_bytes(server_.native_handle()), written);
}

TEST_F(AcknowledgedTest, NoSocketHasNone) {
    EXPECT_EQ(acknowledged_bytes(-1), 0U);
    EXPECT_EQ(written_bytes(-1), 0U);
}

}  // namespace
}  // namespace corncob::server
