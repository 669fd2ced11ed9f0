#include "server/net/deadline.hpp"

#include <gtest/gtest.h>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace corncob::server {
namespace {

using std::chrono::milliseconds;

/// A connected pair on one context; the far end says nothing.
class DeadlineTest : public testing::Test {
 protected:
    DeadlineTest() : near_(context_.get_executor()), far_(context_.get_executor()) {
        TcpAcceptor acceptor(context_.get_executor(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        far_.connect(acceptor.local_endpoint());
        acceptor.accept(near_);
    }
    void read() {
        near_.async_read_some(asio::buffer(byte_), [this](const ErrorCode& error, std::size_t) { error_ = error; });
    }
    asio::io_context context_{1};
    TcpSocket near_;
    TcpSocket far_;
    char byte_[1] = {};
    ErrorCode error_;
};

TEST_F(DeadlineTest, CancelsWhatWaits) {
    Deadline deadline(near_);
    deadline.arm(milliseconds(1));
    read();
    context_.run();
    EXPECT_EQ(error_, asio::error::operation_aborted);
    EXPECT_TRUE(deadline.expired());
}

TEST_F(DeadlineTest, IsForAnyKindOfSocket) {
    using LocalSocket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;
    LocalSocket near(context_.get_executor());
    LocalSocket far(context_.get_executor());
    asio::local::connect_pair(near, far);
    Deadline deadline(near);
    deadline.arm(milliseconds(1));
    near.async_read_some(asio::buffer(byte_), [this](const ErrorCode& error, std::size_t) { error_ = error; });
    context_.run();
    EXPECT_EQ(error_, asio::error::operation_aborted);
}

TEST_F(DeadlineTest, ALaterDeadlineReplacesAnEarlierOne) {
    Deadline deadline(near_);
    deadline.arm(milliseconds(1));
    deadline.arm(std::chrono::hours(1));
    read();
    context_.run_for(milliseconds(30));
    EXPECT_FALSE(deadline.expired());
    deadline.arm(milliseconds(1));
    context_.restart();
    context_.run();
    EXPECT_TRUE(deadline.expired());
    EXPECT_EQ(error_, asio::error::operation_aborted);
}

TEST_F(DeadlineTest, DisarmedItDoesNothing) {
    Deadline deadline(near_);
    deadline.arm(milliseconds(1));
    deadline.disarm();
    read();
    context_.run_for(milliseconds(30));
    EXPECT_FALSE(deadline.expired());
    EXPECT_FALSE(error_);
}

TEST_F(DeadlineTest, MayGoWhileItsTimerRuns) {
    {
        Deadline deadline(near_);
        deadline.arm(milliseconds(1));
    }
    read();
    context_.run_for(milliseconds(30));
    EXPECT_FALSE(error_);
}

}  // namespace
}  // namespace corncob::server
