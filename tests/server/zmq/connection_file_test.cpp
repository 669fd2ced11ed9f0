#include "server/zmq/connection_file.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

using protocol::Channel;

class ConnectionFile : public testing::Test {
 protected:
    std::string path() const { return folder_.path() + "/kernel.json"; }
    void write(const std::string& text) const { std::ofstream(path()) << text; }
    std::string text() const {
        std::ostringstream out;
        out << std::ifstream(path()).rdbuf();
        return out.str();
    }
    void expect_refused(const std::string& content, const std::string& words) const {
        write(content);
        const auto read = read_connection_file(path());
        ASSERT_TRUE(read.has_error()) << content;
        EXPECT_EQ(read.error().code, ConnectionErrc::invalid);
        EXPECT_NE(read.error().detail.find(words), std::string::npos) << read.error().detail;
        EXPECT_EQ(read.error().detail.find("s3cret"), std::string::npos) << read.error().detail;
    }

    tests::TemporaryFolder folder_;
};

TEST_F(ConnectionFile, IsReadAsJupyterWritesIt) {
    write(R"({"shell_port": 53794, "iopub_port": 53795, "stdin_port": 53796, "control_port": 53797, "hb_port": 53798,
              "ip": "127.0.0.1", "key": "a-b", "transport": "tcp", "signature_scheme": "hmac-sha256",
              "kernel_name": "corncob", "jupyter_session": "x.ipynb"})");
    const auto info = read_connection_file(path());
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->port(Channel::shell), 53794U);
    EXPECT_EQ(info->port(Channel::iopub), 53795U);
    EXPECT_EQ(info->port(Channel::stdin_), 53796U);
    EXPECT_EQ(info->port(Channel::control), 53797U);
    EXPECT_EQ(info->port(Channel::heartbeat), 53798U);
    EXPECT_EQ(info->key, "a-b");
    EXPECT_FALSE(info->has_wildcards());
    EXPECT_EQ(info->path, path());
    EXPECT_EQ(info->others, (nlohmann::json{{"kernel_name", "corncob"}, {"jupyter_session", "x.ipynb"}}));
}

TEST_F(ConnectionFile, WhatIsNotThereIsTheUsual) {
    write(R"({"key": ""})");
    const auto info = read_connection_file(path());
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->transport, "tcp");
    EXPECT_EQ(info->ip, "127.0.0.1");
    EXPECT_EQ(info->key, "");
    EXPECT_TRUE(info->has_wildcards());
}

TEST_F(ConnectionFile, SaysWhatIsWrong) {
    expect_refused("", "is no JSON object");
    expect_refused("[]", "is no JSON object");
    expect_refused(std::string(100'000, '['), "is longer");
    expect_refused(std::string(1'000, '['), "is no connection file");
    expect_refused(R"({"key": "s3cret", "ip": 1})", "ip must be a string");
    expect_refused(R"({"key": "s3cret", "transport": "udp"})", "transport must be tcp or ipc");
    expect_refused(R"({"key": "s3cret", "signature_scheme": "hmac-md5"})", "signature_scheme must be hmac-sha256");
    expect_refused(R"({"key": "s3cret", "hb_port": 65536})", "hb_port must be a whole number from 0 to 65535");
    expect_refused(R"({"key": "s3cret", "hb_port": -1})", "hb_port");
    expect_refused(R"({"key": "s3cret", "hb_port": "1"})", "hb_port");
    expect_refused("{}", "there is no key");
}

TEST_F(ConnectionFile, SaysThatThereIsNone) {
    const auto read = read_connection_file(path());
    ASSERT_TRUE(read.has_error());
    EXPECT_EQ(read.error().code, ConnectionErrc::unreadable);
    EXPECT_NE(read.error().detail.find("No such file"), std::string::npos) << read.error().detail;
}

TEST_F(ConnectionFile, ComesBackAsItWasWritten) {
    ConnectionInfo info = new_connection();
    info.ports = {1, 2, 3, 4, 5};
    info.others["kernel_name"] = "corncob";
    ASSERT_TRUE(write_connection_file(path(), info));
    const auto read = read_connection_file(path());
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(to_json(*read), to_json(info));
    EXPECT_EQ(nlohmann::json::parse(text())["control_port"], 2);
    EXPECT_EQ(nlohmann::json::parse(text())["signature_scheme"], "hmac-sha256");
}

TEST_F(ConnectionFile, IsToldToTheKernelsCode) {
    ConnectionInfo info = new_connection();
    info.path = path();
    const auto answer = nlohmann::json::parse(answer_json(info, true));
    EXPECT_EQ(answer["connection_file"], path());
    EXPECT_EQ(answer["connection_info"], to_json(info));
    EXPECT_EQ(answer["daemon"], true);
    const auto none = nlohmann::json::parse(answer_json(ConnectionFailure{ConnectionErrc::not_bindable, "no"}, false));
    EXPECT_EQ(none, (nlohmann::json{{"error", "no"}, {"daemon", false}}));
}

TEST_F(ConnectionFile, IsItsOwnersAlone) {
    write("{}");
    ::chmod(path().c_str(), 0644);
    ASSERT_TRUE(write_connection_file(path(), new_connection()));
    struct stat status {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder_.path())) ++files;
    EXPECT_EQ(files, 1U) << "nothing is left beside it";
}

TEST_F(ConnectionFile, SaysThatItCannotBeWritten) {
    const std::string nowhere = folder_.path() + "/none/kernel.json";
    const auto written = write_connection_file(nowhere, new_connection());
    ASSERT_TRUE(written.has_error());
    EXPECT_EQ(written.error().detail, nowhere + ": cannot be written: No such file or directory");
}

TEST_F(ConnectionFile, NewKeysAreLongAndDiffer) {
    EXPECT_EQ(new_connection().key.size(), 64U);
    EXPECT_NE(new_connection().key, new_connection().key);
}

}  // namespace
}  // namespace corncob::server
