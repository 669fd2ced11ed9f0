#include "server/kernelspec_commands.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

class KernelspecCommandsTest : public testing::Test {
 protected:
    struct Outcome {
        std::optional<int> exit_code;
        std::string out;
        std::string err;
    };
    Outcome run(std::vector<std::string> words) const {
        CLI::App app;
        KernelspecCommands commands(app);
        app.add_subcommand("other");
        std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
        app.parse(std::move(words));
        std::ostringstream out;
        std::ostringstream err;
        const auto exit_code = commands.run({{"JUPYTER_DATA_DIR", folder_.path()}}, out, err);
        return {exit_code, out.str(), err.str()};
    }
    std::string installed() const { return folder_.path() + "/kernels/corncob"; }

    tests::TemporaryFolder folder_;
};

TEST_F(KernelspecCommandsTest, InstallsListsAndRemoves) {
    EXPECT_EQ(run({"install"}).out, "installed " + installed() + "\n");
    EXPECT_NE(run({"list"}).out.find("corncob  " + installed() + "\n"), std::string::npos);
    const auto removed = run({"uninstall"});
    EXPECT_EQ(removed.exit_code, 0);
    EXPECT_EQ(removed.out, "removed " + installed() + "\n");
    EXPECT_EQ(run({"list"}).out.find(folder_.path()), std::string::npos);
}

TEST_F(KernelspecCommandsTest, TakesANameAndAPlace) {
    const auto outcome = run({"install", "--name", "mine", "--prefix", folder_.path() + "/p"});
    EXPECT_EQ(outcome.out, "installed " + folder_.path() + "/p/share/jupyter/kernels/mine\n");
    EXPECT_EQ(run({"uninstall", "--name", "mine", "--prefix", folder_.path() + "/p"}).exit_code, 0);
}

TEST_F(KernelspecCommandsTest, InstallsForTheRunningDaemon) {
    ASSERT_EQ(run({"install", "--attach", "--socket", "run/../corncob.sock"}).exit_code, 0);
    std::ifstream file(installed() + "/kernel.json");
    const auto argv = nlohmann::json::parse(file)["argv"];
    const auto here = std::filesystem::current_path().string();
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "corncob-attach";
    EXPECT_EQ(argv, (nlohmann::json{program.string(), "attach", "-f", "{connection_file}", "--socket",
                                    here + "/corncob.sock"}));
    EXPECT_EQ(run({"install", "--attach", "--python-prefix", "/venv"}).exit_code, 2);
    EXPECT_EQ(run({"install", "--socket", "/s"}).exit_code, 2);
}

TEST_F(KernelspecCommandsTest, SaysWhatIsWrong) {
    const auto mode = run({"install", "multi-nonsense"});
    EXPECT_EQ(mode.exit_code, 2);
    EXPECT_EQ(mode.err,
              "corncob: unknown mode \"nonsense\"; there are cache, concurrent, multi, react and trio, "
              "joined by dashes\n");
    const auto place = run({"install", "--user", "--sys-prefix"});
    EXPECT_EQ(place.exit_code, 2);
    EXPECT_NE(place.err.find("give one"), std::string::npos);
    const auto none = run({"uninstall"});
    EXPECT_EQ(none.exit_code, 1);
    EXPECT_EQ(none.err, "corncob: " + installed() + ": there is no kernelspec of corncob\n");
    EXPECT_EQ(run({"install", "--name", "../x"}).exit_code, 1);
    EXPECT_FALSE(std::filesystem::exists(installed()));
}

TEST_F(KernelspecCommandsTest, LeavesOtherCommandsToOthers) {
    EXPECT_EQ(run({"other"}).exit_code, std::nullopt);
}

}  // namespace
}  // namespace corncob::server
