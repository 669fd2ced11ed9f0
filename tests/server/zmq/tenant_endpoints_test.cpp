#include "server/zmq/tenant_endpoints.hpp"

#include <algorithm>
#include <filesystem>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::ZmqPeer;

class TenantEndpointsTest : public tests::EndpointFixture {
 protected:
    ~TenantEndpointsTest() override { endpoints_.close(); }
    std::string file(const std::string& tenant) const { return folder_.path() + "/run/" + tenant + "/kernel.json"; }
    ConnectionInfo open(const std::string& tenant) {
        const auto opened = endpoints_.open(tenants_.of(protocol::TenantId(tenant)));
        EXPECT_TRUE(opened) << opened.error().detail;
        return read_connection_file(file(tenant)).value();
    }

    tests::TemporaryFolder folder_;
    TenantEndpoints endpoints_{{.transport = "tcp", .runtime_dir = folder_.path() + "/run", .endpoint = settings_},
                               {std::chrono::milliseconds(0)},
                               reactor_,
                               clock_,
                               observer_,
                               doors_,
                               *log_};
};

TEST_F(TenantEndpointsTest, EachHasItsOwnSocketsAndKey) {
    const auto bob = open("bob");
    const auto carol = open("carol");
    EXPECT_NE(bob.key, carol.key);
    EXPECT_EQ(bob.key.size(), 64U);
    EXPECT_EQ(endpoints_.file_of(protocol::TenantId("carol")), file("carol"));
    EXPECT_EQ(endpoints_.file_of(protocol::TenantId("dave")), "");
    ZmqPeer shell(bob, Channel::shell);
    shell.send(tests::request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(shell.receive_message(MsgType::kernel_info_reply));
    EXPECT_EQ(tenants_.of(protocol::TenantId("bob")).kernels().list().size(), 1U);
    EXPECT_EQ(tenants_.of(protocol::TenantId("carol")).kernels().list().size(), 0U);
    // With bob's key at carol's socket.
    auto mixed = carol;
    mixed.key = bob.key;
    ZmqPeer stranger(mixed, Channel::shell);
    stranger.send(tests::request(MsgType::kernel_info_request, "2"));
    EXPECT_TRUE(tests::eventually([&] {
        const auto notes = observer_.notes();
        return std::find(notes.begin(), notes.end(), "frame refused carol bad_signature") != notes.end();
    }));
    EXPECT_EQ(tenants_.of(protocol::TenantId("carol")).kernels().list().size(), 0U);
}

TEST_F(TenantEndpointsTest, TheFileIsItsOwnersAloneAndGoesAtTheEnd) {
    using perms = std::filesystem::perms;
    open("bob");
    EXPECT_EQ(std::filesystem::status(file("bob")).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(std::filesystem::status(folder_.path() + "/run/bob").permissions(), perms::owner_all);
    endpoints_.close();
    EXPECT_FALSE(std::filesystem::exists(file("bob")));
}

TEST_F(TenantEndpointsTest, LeavesAFileThatAnotherHasWritten) {
    open("bob");
    ASSERT_TRUE(write_connection_file(file("bob"), new_connection()));
    endpoints_.close();
    EXPECT_TRUE(std::filesystem::exists(file("bob")));
}

TEST_F(TenantEndpointsTest, SaysWhyItCannot) {
    std::filesystem::create_directories(folder_.path() + "/run/bob");
    std::filesystem::permissions(folder_.path() + "/run/bob", std::filesystem::perms::all);
    const auto refused = endpoints_.open(tenants_.of(protocol::TenantId("bob")));
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().detail.find("is open to other users"), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
