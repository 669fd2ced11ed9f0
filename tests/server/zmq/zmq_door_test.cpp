#include "server/zmq/zmq_door.hpp"

#include <filesystem>
#include <future>

#include "tests/fakes/eventually.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::ZmqPeer;

class ZmqDoorTest : public tests::EndpointFixture {
 protected:
    ~ZmqDoorTest() override {
        kernel_->shutdown([] {});
        if (door_) door_->stop();
    }
    ZmqDoor& door(const std::string& transport = "tcp") {
        door_ = std::make_unique<ZmqDoor>(
            ZmqDoorSettings{.transport = transport, .runtime_dir = folder_.path() + "/run", .endpoint = settings_},
            clock_, observer_, doors_, *log_);
        return *door_;
    }
    std::future<ConnectionResult<ConnectionInfo>> ask() {
        auto promise = std::make_shared<std::promise<ConnectionResult<ConnectionInfo>>>();
        door_->connection_of(kernel_, [promise](auto result) { promise->set_value(std::move(result)); });
        return promise->get_future();
    }
    std::string file() const { return folder_.path() + "/run/alice/kernel-" + kernel_->id().str() + ".json"; }

    tests::TemporaryFolder folder_;
    std::unique_ptr<ZmqDoor> door_;
};

TEST_F(ZmqDoorTest, OpensAKernelOnce) {
    door();
    auto first = ask();
    auto second = ask();
    const auto info = first.get();
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(to_json(second.get().value()), to_json(*info));
    EXPECT_EQ(to_json(ask().get().value()), to_json(*info));
    EXPECT_EQ(to_json(read_connection_file(file()).value()), to_json(*info));
    EXPECT_EQ(info->path, file());
    ZmqPeer peer(*info, Channel::shell);
    peer.send(tests::request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(peer.receive_message(MsgType::kernel_info_reply));
}

TEST_F(ZmqDoorTest, TheKernelsEndTakesTheFileAway) {
    door();
    ASSERT_TRUE(ask().get());
    EXPECT_TRUE(std::filesystem::exists(file()));
    kernel_->shutdown([] {});
    EXPECT_TRUE(tests::eventually([&] { return !std::filesystem::exists(file()); }));
}

TEST_F(ZmqDoorTest, ADeadKernelIsNotKept) {
    door();
    kernel_->shutdown([] {});
    ask().wait();
    EXPECT_TRUE(tests::eventually([&] { return !std::filesystem::exists(file()); }));
}

TEST_F(ZmqDoorTest, SpeaksIpc) {
    door("ipc");
    const auto info = ask().get();
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->ip, folder_.path() + "/run/alice/" + kernel_->id().str());
    ZmqPeer peer(*info, Channel::control);
    peer.send(tests::request(MsgType::kernel_info_request, "1"));
    EXPECT_TRUE(peer.receive_message(MsgType::kernel_info_reply));
}

TEST_F(ZmqDoorTest, SaysWhyItCannot) {
    std::filesystem::create_directory(folder_.path() + "/run");
    std::filesystem::permissions(folder_.path() + "/run", std::filesystem::perms::all);
    std::filesystem::create_directory(folder_.path() + "/run/alice");
    std::filesystem::permissions(folder_.path() + "/run/alice", std::filesystem::perms::all);
    door();
    const auto refused = ask().get();
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().detail.find("is open to other users"), std::string::npos);
    std::filesystem::permissions(folder_.path() + "/run/alice", std::filesystem::perms::owner_all);
    EXPECT_TRUE(ask().get()) << "the next one may find it better";
}

TEST_F(ZmqDoorTest, CountsWhoIsSubscribed) {
    door();
    const auto info = ask().get();
    ASSERT_TRUE(info);
    EXPECT_EQ(kernel_->model().connections, 0U);
    {
        const auto iopub = subscriber(*info);
        EXPECT_EQ(kernel_->model().connections, 1U);
    }
    EXPECT_TRUE(tests::eventually([&] { return kernel_->model().connections == 0; }));
}

}  // namespace
}  // namespace corncob::server
