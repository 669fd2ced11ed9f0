#include "server/attach/attach_socket.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

namespace fs = std::filesystem;

class AttachSocketTest : public testing::Test {
 protected:
    std::string path() const { return folder_.path() + "/run/corncob.sock"; }
    tests::TemporaryFolder folder_;
    asio::io_context context_{1};
};

TEST_F(AttachSocketTest, IsItsOwnersAloneAndGoesWithIt) {
    {
        AttachSocket socket(context_.get_executor());
        ASSERT_TRUE(socket.open(path()));
        EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
        EXPECT_EQ(fs::status(folder_.path() + "/run").permissions(), fs::perms::owner_all);
        LocalSocket client(context_.get_executor());
        client.connect(asio::local::stream_protocol::endpoint(path()));
        socket.acceptor().accept();
    }
    EXPECT_FALSE(fs::exists(path()));
}

TEST_F(AttachSocketTest, TakesThePlaceOfADeadOne) {
    {
        AttachSocket first(context_.get_executor());
        ASSERT_TRUE(first.open(path()));
        fs::create_hard_link(path(), path() + ".kept");
    }
    fs::rename(path() + ".kept", path());
    AttachSocket second(context_.get_executor());
    EXPECT_TRUE(second.open(path()));
}

/// The lock is a process's: it takes another one to hold it.
TEST_F(AttachSocketTest, LeavesThatOfALivingDaemon) {
    fs::create_directory(folder_.path() + "/run");
    fs::permissions(folder_.path() + "/run", fs::perms::owner_all);
    const std::string lock = path() + ".lock";
    int ready[2];
    int over[2];
    ASSERT_EQ(::pipe(ready), 0);
    ASSERT_EQ(::pipe(over), 0);
    const pid_t other = ::fork();
    if (other == 0) {
        const int file = ::open(lock.c_str(), O_RDWR | O_CREAT, 0600);
        struct flock whole {};
        whole.l_type = F_WRLCK;
        ::close(over[1]);
        char byte = ::fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
        if (::write(ready[1], &byte, 1) == 1) (void)!::read(over[0], &byte, 1);
        ::_exit(0);
    }
    char locked = 0;
    ASSERT_EQ(::read(ready[0], &locked, 1), 1);
    ASSERT_EQ(locked, 'y');
    {
        AttachSocket socket(context_.get_executor());
        const auto refused = socket.open(path());
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().code, AttachSocketErrc::in_use);
        EXPECT_EQ(refused.error().detail, lock + ": another daemon waits there");
    }
    ::close(over[1]);
    EXPECT_EQ(::waitpid(other, nullptr, 0), other);
    AttachSocket socket(context_.get_executor());
    EXPECT_TRUE(socket.open(path()));
    for (const int descriptor : {ready[0], ready[1], over[0]}) ::close(descriptor);
}

TEST_F(AttachSocketTest, SaysWhyItCannot) {
    AttachSocket socket(context_.get_executor());
    EXPECT_NE(socket.open("/" + std::string(200, 'a')).error().detail.find("too long"), std::string::npos);
    fs::create_directory(folder_.path() + "/run");
    fs::permissions(folder_.path() + "/run", fs::perms::all);
    EXPECT_NE(socket.open(path()).error().detail.find("is open to other users"), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
