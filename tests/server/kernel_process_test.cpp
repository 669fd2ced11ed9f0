#include "server/kernel_process.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "tests/fakes/prompt_host.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/server/zmq/endpoint_fixture.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;
using protocol::MsgType;
using tests::execute;
using tests::request;
using tests::ZmqPeer;
using namespace std::chrono_literals;

class KernelProcessTest : public testing::Test {
 protected:
    ~KernelProcessTest() override {
        if (thread_.joinable()) {
            process_->stop();
            thread_.join();
        }
    }
    ConnectionResult<void> open() {
        auto log =
            make_log({.level = "debug", .format = "text"}, std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
        process_ = std::make_unique<KernelProcess>(config::GatewayConfig{}, KernelCommand{.connection_file = path()},
                                                   log, std::make_unique<tests::PromptHost>());
        return process_->open();
    }
    ConnectionInfo start() {
        const auto opened = open();
        EXPECT_TRUE(opened) << opened.error().detail;
        thread_ = std::thread([this] { exit_code_ = process_->run(); });
        return read_connection_file(path()).value();
    }
    int wait() {
        thread_.join();
        return exit_code_;
    }
    std::string path() const { return folder_.path() + "/kernel.json"; }

    tests::TemporaryFolder folder_;
    std::ostringstream log_;
    std::unique_ptr<KernelProcess> process_;
    std::thread thread_;
    int exit_code_ = -1;
};

TEST_F(KernelProcessTest, RunsCellsOnTheSocketsOfItsFile) {
    const auto info = start();
    EXPECT_FALSE(info.has_wildcards());
    ZmqPeer shell(info, Channel::shell);
    shell.send(execute("1", "echo hello"));
    EXPECT_TRUE(shell.receive_message(MsgType::execute_reply));
    process_->stop();
    EXPECT_EQ(wait(), 0);
}

TEST_F(KernelProcessTest, LeavesACompleteFileAsItIs) {
    const auto first = start();
    process_->stop();
    EXPECT_EQ(wait(), 0);
    std::string text = to_json(first).dump() + " \n\n";
    std::ofstream(path()) << text;
    EXPECT_EQ(start().ports, first.ports);
    std::ostringstream now;
    now << std::ifstream(path()).rdbuf();
    EXPECT_EQ(now.str(), text);
}

TEST_F(KernelProcessTest, EndsByAClientsWish) {
    for (const bool restart : {false, true}) {
        std::filesystem::remove(path());
        const auto info = start();
        ZmqPeer shell(info, Channel::shell);
        shell.send(execute("1", "block"));
        ZmqPeer control(info, Channel::control);
        control.send(request(MsgType::shutdown_request, "2", {{"restart", restart}}, Channel::control));
        const auto reply = control.receive_message();
        ASSERT_TRUE(reply);
        EXPECT_EQ(nlohmann::json::parse(reply->message.content_json)["restart"], restart);
        EXPECT_EQ(wait(), 0);
    }
}

// jupyter_console looks every 50 ms whether the process lives, and takes the reply only if it does.
TEST_F(KernelProcessTest, StaysForAMomentWhenTheKernelHasEndedByItself) {
    ZmqPeer shell(start(), Channel::shell);
    const auto before = std::chrono::steady_clock::now();
    shell.send(execute("1", "exit"));
    EXPECT_TRUE(shell.receive_message(MsgType::execute_reply));
    EXPECT_EQ(wait(), 0);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 300ms);
}

TEST_F(KernelProcessTest, SaysWhyItCannotStart) {
    std::ofstream(path()) << "{}";
    EXPECT_EQ(open().error().detail, path() + ": there is no key; \"key\": \"\" says that messages are not signed");
}

}  // namespace
}  // namespace corncob::server
