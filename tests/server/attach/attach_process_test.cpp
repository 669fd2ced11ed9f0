#include "server/attach/attach_process.hpp"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "server/zmq/connection_file.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/server/attach/attached.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::Attached;
using tests::ZmqPeer;

class AttachProcessTest : public testing::Test {
 protected:
    AttachCommand command() const { return {.connection_file = file(), .modes = "", .socket = socket()}; }
    std::string file() const { return folder_.path() + "/kernel.json"; }
    std::string socket() const { return folder_.path() + "/run/corncob.sock"; }
    /// Of a kernel that is up.
    ConnectionInfo connection() const {
        EXPECT_TRUE(tests::eventually([this] { return std::filesystem::exists(file()); }));
        return read_connection_file(file()).value();
    }
    nlohmann::json kernels() const { return tests::RunningGateway::body(gateway_.ask("GET", "/api/kernels")); }

    tests::TemporaryFolder folder_;
    tests::RunningGateway gateway_{[this](config::GatewayConfig& config) { config.zmq.attach_socket = socket(); }};
};

TEST_F(AttachProcessTest, StandsForAKernelOfTheDaemon) {
    Attached attached(command());
    const auto info = connection();
    EXPECT_EQ(kernels().size(), 1U);
    ZmqPeer shell(info, Channel::shell);
    shell.send(tests::execute("1", "echo hello"));
    EXPECT_TRUE(shell.receive_message(MsgType::execute_reply));
    shell.send(tests::request(MsgType::shutdown_request, "2", {{"restart", false}}));
    EXPECT_EQ(attached.wait(), 0);
    EXPECT_EQ(attached.err(), "");
    EXPECT_EQ(kernels().size(), 0U);
}

TEST_F(AttachProcessTest, PassesSigintOn) {
    Attached attached(command());
    ZmqPeer shell(connection(), Channel::shell);
    shell.send(tests::execute("1", "block"));
    ASSERT_TRUE(tests::eventually([&] { return kernels()[0]["execution_state"] == "busy"; }));
    attached.signal(SIGINT);
    const auto reply = shell.receive_message(MsgType::execute_reply);
    ASSERT_TRUE(reply);
    EXPECT_EQ(nlohmann::json::parse(reply->message.content_json)["ename"], "KeyboardInterrupt");
    attached.signal(SIGTERM);
    EXPECT_EQ(attached.wait(), 0);
}

TEST_F(AttachProcessTest, ServesTheSameFileAgain) {
    std::optional<Attached> attached(std::in_place, command());
    const auto first = connection();
    attached->signal(SIGTERM);
    EXPECT_EQ(attached->wait(), 0);
    Attached second(command());
    ZmqPeer shell(first, Channel::shell);
    shell.send(tests::request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(shell.receive_message(MsgType::kernel_info_reply));
    second.signal(SIGHUP);
    EXPECT_EQ(second.wait(), 0);
}

TEST_F(AttachProcessTest, EndsWithTheDaemon) {
    Attached attached(command());
    connection();
    gateway_.stop();
    EXPECT_EQ(attached.wait(), 0) << attached.err();
    EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(AttachProcessTest, SaysInALineWhyItCannot) {
    auto wrong = command();
    wrong.socket = folder_.path() + "/nobody";
    Attached nobody(wrong);
    EXPECT_EQ(nobody.wait(), 1);
    EXPECT_EQ(nobody.err(), "corncob: no daemon waits at " + wrong.socket + "; start one with: corncob serve\n");
    wrong.socket = std::string(200, 'x');
    Attached longer(wrong);
    EXPECT_EQ(longer.wait(), 1);
    EXPECT_NE(longer.err().find("too long"), std::string::npos);
    std::ofstream(file()) << "{}";
    Attached broken(command());
    EXPECT_EQ(broken.wait(), 1);
    EXPECT_EQ(broken.err(),
              "corncob: " + file() + ": there is no key; \"key\": \"\" says that messages are not signed\n");
    std::ofstream(file()) << std::string(kConnectionFileBytesMax + 1, ' ');
    Attached large(command());
    EXPECT_EQ(large.wait(), 1);
    EXPECT_EQ(large.err(), "corncob: " + file() + ": cannot be read: File too large\n");
}

TEST_F(AttachProcessTest, StaysWhileItsParentLives) {
    auto child = command();
    child.parent_pid = ::getppid();
    Attached attached(child);
    connection();
    attached.signal(SIGTERM);
    EXPECT_EQ(attached.wait(), 0);
}

}  // namespace
}  // namespace corncob::server
