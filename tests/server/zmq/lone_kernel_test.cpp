#include "server/zmq/lone_kernel.hpp"

#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::ZmqPeer;

class LoneKernelTest : public tests::EndpointFixture {};

TEST_F(LoneKernelTest, IsSharedByAllSessions) {
    ZmqPeer shell(open(), Channel::shell);
    for (const char* session : {"a", "b"}) {
        auto cell = tests::execute(session, "pass");
        cell.header.session = protocol::ClientSessionId(session);
        cell.header_json = protocol::header_json(cell.header);
        shell.send(cell);
    }
    const auto python = wait_for_request("a");
    ASSERT_TRUE(python);
    python->reply(python->request("a"));
    EXPECT_EQ(wait_for_request("b"), python);
}

TEST_F(LoneKernelTest, TellsWhereItsSocketsAre) {
    const auto info = open();
    ZmqPeer shell(info, Channel::shell);
    shell.send(tests::request(MsgType::connect_request, "1"));
    const auto reply = shell.receive_message(MsgType::connect_reply);
    ASSERT_TRUE(reply);
    const auto content = nlohmann::json::parse(reply->message.content_json);
    EXPECT_EQ(content["status"], "ok");
    for (const Channel channel : kChannels) {
        EXPECT_EQ(content[std::string(wire_name(channel)) + "_port"], info.port(channel));
    }
}

TEST_F(LoneKernelTest, ItsEndIsTheSockets) {
    open();
    kernel_->shutdown([] {});
    EXPECT_TRUE(closed_.wait_open());
    EXPECT_EQ(LoneKernel(kernel_).name(), "tenant=" + kernel_->tenant().str() + " kernel=" + kernel_->id().str());
}

}  // namespace
}  // namespace corncob::server
