#include "server/zmq/zmq_sockets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using tests::ZmqPeer;

constexpr std::size_t kFrameBytesMax = 1'000'000;

class ZmqSocketsTest : public testing::Test {
 protected:
    /// The next message, waited for.
    ZmqFrames receive(ZmqSockets& sockets, Channel channel) {
        ZmqFrames frames;
        EXPECT_TRUE(tests::eventually([&] {
            frames = sockets.receive(channel);
            return !frames.empty();
        }));
        return frames;
    }
    static protocol::wire::SharedMessage message(std::size_t content_bytes = 10) {
        auto made = tests::execute("1", std::string(content_bytes, 'x'));
        made.buffers = {"buffer"};
        return std::make_shared<const protocol::wire::EncodedMessage>(std::move(made));
    }

    zmq::context_t context_;
    ConnectionInfo info_ = new_connection();
};

TEST_F(ZmqSocketsTest, SendsBackToWhoSent) {
    auto sockets = ZmqSockets::bind(context_, info_, kFrameBytesMax).value();
    ZmqPeer peer(info_, Channel::control, "me");
    peer.send(ZmqPeer::Frames{"a", "", "b"});
    const ZmqFrames got = receive(sockets, Channel::control);
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[0].to_string(), "me");
    EXPECT_EQ(got[3].to_string(), "b");
    for (const std::size_t bytes : {10U, 500'000U}) {  // copied, and sent from where it is
        EXPECT_EQ(sockets.send(Channel::control, {"me"}, message(bytes), "signature"), ZmqSockets::Sent::yes);
        const auto frames = peer.receive();
        ASSERT_EQ(frames.size(), 7U);
        EXPECT_EQ(frames[0], "<IDS|MSG>");
        EXPECT_EQ(frames[1], "signature");
        EXPECT_EQ(frames[5], message(bytes)->message().content_json);
        EXPECT_EQ(frames[6], "buffer");
    }
    EXPECT_EQ(sockets.send(Channel::control, {"nobody"}, message(), ""), ZmqSockets::Sent::nobody_there);
    EXPECT_EQ(sockets.send(Channel::control, {}, message(), ""), ZmqSockets::Sent::nobody_there);
}

TEST_F(ZmqSocketsTest, AMessageLivesUntilItIsSent) {
    auto sockets = ZmqSockets::bind(context_, info_, kFrameBytesMax).value();
    ZmqPeer peer(info_, Channel::shell, "me");
    peer.send(ZmqPeer::Frames{"a"});
    receive(sockets, Channel::shell);
    auto large = message(100'000);
    const std::weak_ptr<const protocol::wire::EncodedMessage> watched = large;
    sockets.send(Channel::shell, {"me"}, large, "");
    large.reset();
    EXPECT_EQ(peer.receive().at(5).size(), message(100'000)->message().content_json.size());
    EXPECT_TRUE(tests::eventually([&] { return watched.expired(); }));
}

TEST_F(ZmqSocketsTest, KeepsOneFrameTooMany) {
    auto sockets = ZmqSockets::bind(context_, info_, kFrameBytesMax).value();
    ZmqPeer peer(info_, Channel::shell);
    peer.send(ZmqPeer::Frames(5000, "x"));
    peer.send(ZmqPeer::Frames{"next"});
    EXPECT_EQ(receive(sockets, Channel::shell).size(), protocol::kPartsMax + protocol::kIdentitiesMax + 1);
    EXPECT_EQ(receive(sockets, Channel::shell).back().to_string(), "next");
    EXPECT_TRUE(sockets.receive(Channel::shell).empty());
}

TEST_F(ZmqSocketsTest, TakesThePortsThatAreFree) {
    ConnectionInfo other = info_;
    const auto first = ZmqSockets::bind(context_, info_, kFrameBytesMax);
    const auto second = ZmqSockets::bind(context_, other, kFrameBytesMax);
    ASSERT_TRUE(first && second);
    for (const auto port : info_.ports) EXPECT_GT(port, 1023U);
    EXPECT_NE(info_.ports, other.ports);
    const auto third = ZmqSockets::bind(context_, info_, kFrameBytesMax);
    ASSERT_TRUE(third.has_error());
    EXPECT_EQ(third.error().detail, "cannot bind shell to tcp://127.0.0.1:" +
                                        std::to_string(info_.port(Channel::shell)) + ": Address already in use");
}

TEST_F(ZmqSocketsTest, SaysWhatIsNoAddress) {
    info_.ip = "no address";
    const auto bound = ZmqSockets::bind(context_, info_, kFrameBytesMax);
    ASSERT_TRUE(bound.has_error());
    EXPECT_EQ(bound.error().code, ConnectionErrc::not_bindable);
}

TEST_F(ZmqSocketsTest, FilesOfIpcAreTheOwnersAlone) {
    const tests::TemporaryFolder folder;
    info_.transport = "ipc";
    info_.ip = folder.path() + "/kernel";
    auto sockets = std::make_unique<ConnectionResult<ZmqSockets>>(ZmqSockets::bind(context_, info_, kFrameBytesMax));
    ASSERT_TRUE(*sockets) << sockets->error().detail;
    EXPECT_EQ(info_.ports, (std::array<std::uint32_t, 5>{1, 2, 3, 4, 5}));
    for (const auto port : info_.ports) {
        struct stat status {};
        ASSERT_EQ(::stat((info_.ip + "-" + std::to_string(port)).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
    }
    ConnectionInfo second = info_;
    second.ports = {};
    const auto others = ZmqSockets::bind(context_, second, kFrameBytesMax);
    EXPECT_EQ(second.ports, (std::array<std::uint32_t, 5>{6, 7, 8, 9, 10}));
    sockets.reset();
    EXPECT_NE(::access((info_.ip + "-1").c_str(), F_OK), 0);
    EXPECT_EQ(::access((info_.ip + "-6").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace corncob::server
