#include "server/attach/attach_door.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/eventually.hpp"
#include "tests/server/attach/attached.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

class AttachDoorTest : public testing::Test {
 protected:
    std::string socket() const { return folder_.path() + "/run/corncob.sock"; }
    std::string file(int number) const { return folder_.path() + "/" + std::to_string(number) + ".json"; }
    auto with_socket() {
        return [this](config::GatewayConfig& config) { config.zmq.attach_socket = socket(); };
    }
    tests::TemporaryFolder folder_;
};

TEST_F(AttachDoorTest, ServesManyAtOnce) {
    constexpr int kMany = 20;
    tests::RunningGateway gateway(with_socket());
    std::vector<std::unique_ptr<tests::Attached>> attached;
    for (int i = 0; i < kMany; ++i) {
        attached.push_back(std::make_unique<tests::Attached>(
            AttachCommand{.connection_file = file(i), .modes = "", .socket = socket()}));
    }
    for (int i = 0; i < kMany; ++i) {
        ASSERT_TRUE(tests::eventually([&] { return std::filesystem::exists(file(i)); }));
        tests::ZmqPeer shell(read_connection_file(file(i)).value(), protocol::Channel::shell);
        shell.send(tests::execute("1", "echo"));
        EXPECT_TRUE(shell.receive_message(protocol::MsgType::execute_reply));
    }
    for (const auto& each : attached) each->signal(SIGTERM);
    for (const auto& each : attached) EXPECT_EQ(each->wait(), 0);
    EXPECT_EQ(tests::RunningGateway::body(gateway.ask("GET", "/api/kernels")).size(), 0U);
}

TEST_F(AttachDoorTest, ADaemonThatCannotWaitServesAllOthers) {
    std::filesystem::create_directory(folder_.path() + "/run");
    std::filesystem::permissions(folder_.path() + "/run", std::filesystem::perms::all);
    tests::RunningGateway gateway(with_socket());
    EXPECT_EQ(tests::RunningGateway::status(gateway.ask("GET", "/api/kernels")), 200U);
    gateway.stop();
    EXPECT_NE(gateway.log().find("corncob attach will not find this daemon: "), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
