#include "server/attach/peer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(Peer, IsWhoTheSystemSays) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    EXPECT_EQ(uid_of_peer(ends[0]), ::geteuid());
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_EQ(uid_of_peer(-1), std::nullopt);
}

TEST(Peer, MustBeTheSameUserOrRoot) {
    EXPECT_TRUE(may_attach(1000, 1000));
    EXPECT_TRUE(may_attach(0, 1000));
    EXPECT_FALSE(may_attach(1001, 1000));
    EXPECT_FALSE(may_attach(1000, 0));
}

}  // namespace
}  // namespace corncob::server
