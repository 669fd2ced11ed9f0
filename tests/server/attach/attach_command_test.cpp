#include "server/attach/attach_command.hpp"

#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

class AttachCommandTest : public testing::Test {
 protected:
    AttachCommand parse(const std::vector<const char*>& argv) {
        return parse_attach(static_cast<int>(argv.size()), argv.data(), environment_, out_, err_);
    }
    config::Environment environment_{{"XDG_RUNTIME_DIR", "/run/user/7"}, {"JPY_PARENT_PID", "12"}};
    std::ostringstream out_;
    std::ostringstream err_;
};

TEST_F(AttachCommandTest, KnowsTheUsual) {
    const auto command = parse({"corncob", "attach", "-f", "kernel.json"});
    EXPECT_EQ(command.exit_code, std::nullopt) << err_.str();
    EXPECT_EQ(command.connection_file, "kernel.json");
    EXPECT_EQ(command.socket, "/run/user/7/corncob/corncob.sock");
    EXPECT_EQ(command.modes, "");
    EXPECT_EQ(command.parent_pid, 12);
}

TEST_F(AttachCommandTest, TakesAllFlags) {
    const auto command = parse({"corncob-attach", "--socket", "/s", "--mode", "react", "-f", "attach"});
    EXPECT_EQ(command.exit_code, std::nullopt) << err_.str();
    EXPECT_EQ(command.connection_file, "attach");
    EXPECT_EQ(command.socket, "/s");
    EXPECT_EQ(command.modes, "react");
}

// `jupyter run --kernel corncob a.py b.py` starts its kernel with the files at the end.
TEST_F(AttachCommandTest, LetsFilesPass) {
    const auto command = parse({"corncob", "attach", "-f", "kernel.json", "a.py", "b.py"});
    EXPECT_EQ(command.exit_code, std::nullopt) << err_.str();
    EXPECT_EQ(command.connection_file, "kernel.json");
}

TEST_F(AttachCommandTest, SaysWhatIsWrong) {
    EXPECT_EQ(parse({"corncob", "attach"}).exit_code, 2);
    EXPECT_NE(err_.str().find("-f is required"), std::string::npos);
    EXPECT_EQ(parse({"corncob", "attach", "-f", "a", "--nonsense"}).exit_code, 2);
    EXPECT_EQ(out_.str(), "");
}

TEST_F(AttachCommandTest, Helps) {
    EXPECT_EQ(parse({"corncob", "attach", "--help"}).exit_code, 0);
    EXPECT_NE(out_.str().find("corncob attach [OPTIONS]"), std::string::npos) << out_.str();
    EXPECT_NE(out_.str().find("/run/user/7/corncob/corncob.sock"), std::string::npos);
}

TEST_F(AttachCommandTest, AParentIsAProcess) {
    for (const char* none : {"", "0", "-1", "x"}) {
        EXPECT_EQ(parent_pid_of({{"JPY_PARENT_PID", none}}), std::nullopt) << none;
    }
    EXPECT_EQ(parent_pid_of({}), std::nullopt);
}

}  // namespace
}  // namespace corncob::server
