#include "server/zmq/zmq_reactor.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace corncob::server {
namespace {

TEST(ZmqReactor, RunsWhatIsPostedOnItsThreadBeforeItStops) {
    ZmqReactor reactor;
    std::thread::id where;
    int ran = 0;
    for (int i = 0; i < 100; ++i) {
        asio::post(reactor.executor(), [&] {
            where = std::this_thread::get_id();
            ++ran;
        });
    }
    reactor.stop();
    EXPECT_EQ(ran, 100);
    EXPECT_NE(where, std::this_thread::get_id());
    reactor.stop();
}

}  // namespace
}  // namespace corncob::server
