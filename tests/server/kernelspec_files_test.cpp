#include "server/kernelspec_files.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/http/static_files.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
}

class KernelspecFiles : public testing::Test {
 protected:
    KernelspecFile file(const std::string& name) const {
        return {.name = name,
                .modes = {},
                .display_name = "",
                .executable = "/opt/corncob/bin/corncob",
                .python_prefix = ""};
    }
    nlohmann::json kernel_json(const std::string& name) const {
        return nlohmann::json::parse(read(fs::path(folder()) / name / "kernel.json"));
    }
    std::string folder() const { return temporary_.path() + "/share/jupyter/kernels"; }

    tests::TemporaryFolder temporary_;
};

TEST_F(KernelspecFiles, IsInstalledAsFrontEndsWantIt) {
    ASSERT_EQ(install_kernelspec(folder(), file("corncob")).value(), folder() + "/corncob");
    EXPECT_EQ(
        kernel_json("corncob"),
        (nlohmann::json{{"argv", {"/opt/corncob/bin/corncob", "kernel", "-f", "{connection_file}"}},
                        {"display_name", "Python 3 (Corncob)"},
                        {"language", "python"},
                        {"interrupt_mode", "message"},
                        {"metadata", {{"implementation", "corncob"}, {"debugger", false}, {"concurrent", false}}}}));
    for (const char* logo : {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}) {
        EXPECT_EQ(read(fs::path(folder()) / "corncob" / logo), find_static_file(logo)->content) << logo;
    }
}

TEST_F(KernelspecFiles, SaysWhichModesAndWhichPython) {
    auto wanted = file("mine");
    wanted.modes = {"cache", "concurrent"};
    wanted.python_prefix = "/opt/venv";
    ASSERT_TRUE(install_kernelspec(folder(), wanted));
    const auto written = kernel_json("mine");
    EXPECT_EQ(written["argv"], (nlohmann::json{"/opt/corncob/bin/corncob", "kernel", "-f", "{connection_file}",
                                               "--mode", "cache-concurrent", "--python-prefix", "/opt/venv"}));
    EXPECT_EQ(written["display_name"], "Python 3 (Corncob, cache-concurrent)");
    EXPECT_EQ(written["metadata"]["concurrent"], true);
    EXPECT_EQ(kernelspec_name(wanted.modes), "corncob-cache-concurrent");
    EXPECT_EQ(kernelspec_name({}), "corncob");
    EXPECT_EQ(kernelspec_name({"cache", "concurrent", "multi", "react"}), "corncob-cache-multi-react-concurrent");
}

TEST_F(KernelspecFiles, MayBeOfTheRunningDaemon) {
    auto wanted = file("mine");
    wanted.attach = true;
    ASSERT_TRUE(install_kernelspec(folder(), wanted));
    EXPECT_EQ(kernel_json("mine")["argv"],
              (nlohmann::json{"/opt/corncob/bin/corncob", "attach", "-f", "{connection_file}"}));
    wanted.attach_socket = "/run/corncob.sock";
    wanted.modes = {"react"};
    ASSERT_TRUE(install_kernelspec(folder(), wanted));
    EXPECT_EQ(kernel_json("mine")["argv"],
              (nlohmann::json{"/opt/corncob/bin/corncob", "attach", "-f", "{connection_file}", "--mode", "react",
                              "--socket", "/run/corncob.sock"}));
}

TEST_F(KernelspecFiles, TakesThePlaceOfAnOlderOne) {
    ASSERT_TRUE(install_kernelspec(folder(), file("corncob")));
    std::ofstream(folder() + "/corncob/old") << "old";
    auto second = file("corncob");
    second.display_name = "Second";
    ASSERT_TRUE(install_kernelspec(folder(), second));
    EXPECT_EQ(kernel_json("corncob")["display_name"], "Second");
    EXPECT_FALSE(fs::exists(folder() + "/corncob/old"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder()), fs::directory_iterator()), 1) << "nothing is left over";
}

TEST_F(KernelspecFiles, LeavesOthersAlone) {
    fs::create_directories(folder() + "/python3");
    std::ofstream(folder() + "/python3/kernel.json") << R"({"argv": ["python3", "-m", "ipykernel_launcher"]})";
    fs::create_directories(folder() + "/broken");
    std::ofstream(folder() + "/broken/kernel.json") << "{";
    for (const char* name : {"python3", "broken"}) {
        EXPECT_EQ(install_kernelspec(folder(), file(name)).error().code, KernelspecErrc::not_ours) << name;
        EXPECT_EQ(uninstall_kernelspec(folder(), name).error().code, KernelspecErrc::not_ours) << name;
        EXPECT_TRUE(fs::exists(folder() + "/" + name + "/kernel.json"));
    }
    EXPECT_EQ(uninstall_kernelspec(folder(), "corncob").error().code, KernelspecErrc::not_ours);
    EXPECT_TRUE(installed_kernelspecs(folder()).empty());
}

TEST_F(KernelspecFiles, IsListedAndRemoved) {
    ASSERT_TRUE(install_kernelspec(folder(), file("corncob")));
    ASSERT_TRUE(install_kernelspec(folder(), file("another")));
    EXPECT_EQ(installed_kernelspecs(folder()), (std::vector<std::string>{"another", "corncob"}));
    EXPECT_EQ(uninstall_kernelspec(folder(), "another").value(), folder() + "/another");
    EXPECT_EQ(installed_kernelspecs(folder()), std::vector<std::string>{"corncob"});
    EXPECT_FALSE(fs::exists(folder() + "/another"));
    EXPECT_TRUE(installed_kernelspecs(temporary_.path() + "/nowhere").empty());
}

TEST_F(KernelspecFiles, NamesStayInTheirFolder) {
    for (const std::string name : {"", ".", "..", "../x", "a/b", ".hidden", "a b", "\xC3\xBC"}) {
        EXPECT_EQ(install_kernelspec(folder(), file(name)).error().code, KernelspecErrc::bad_name) << name;
        EXPECT_EQ(uninstall_kernelspec(folder(), name).error().code, KernelspecErrc::bad_name) << name;
    }
}

TEST_F(KernelspecFiles, SaysThatItCannotBeWritten) {
    std::ofstream(temporary_.path() + "/share") << "a file";
    const auto failed = install_kernelspec(folder(), file("corncob"));
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().detail, folder() + "/corncob: Not a directory");
}

TEST(KernelspecsFolder, IsWhereJupyterLooks) {
    const auto folder = [](const KernelspecPlace& place, const config::Environment& environment) {
        const auto found = kernelspecs_folder(place, environment);
        return found ? *found : found.error().detail;
    };
    const KernelspecPlace user{.user = true, .sys_prefix = false, .prefix = ""};
    EXPECT_EQ(folder({}, {{"HOME", "/users/ann"}}), "/users/ann/.local/share/jupyter/kernels");
    EXPECT_EQ(folder(user, {{"HOME", "/users/ann"}, {"XDG_DATA_HOME", "/data"}}), "/data/jupyter/kernels");
    EXPECT_EQ(folder(user, {{"JUPYTER_DATA_DIR", "/j"}, {"XDG_DATA_HOME", "/data"}}), "/j/kernels");
    EXPECT_EQ(folder({}, {}), "there is no home directory (HOME); name a place with --prefix");
    const KernelspecPlace active{.user = false, .sys_prefix = true, .prefix = ""};
    EXPECT_EQ(folder(active, {{"VIRTUAL_ENV", "/venv"}}), "/venv/share/jupyter/kernels");
    EXPECT_EQ(folder(active, {{"CONDA_PREFIX", "/conda"}}), "/conda/share/jupyter/kernels");
    EXPECT_NE(folder(active, {{"HOME", "/h"}}).find("no environment is active"), std::string::npos);
    EXPECT_EQ(folder({.user = false, .sys_prefix = false, .prefix = "/usr/local/"}, {}),
              "/usr/local/share/jupyter/kernels");
    EXPECT_NE(folder({.user = true, .sys_prefix = true, .prefix = ""}, {}).find("give one"), std::string::npos);
}

TEST(KernelspecsFolder, AllOfThemAreKnown) {
    EXPECT_EQ(kernelspecs_folders({{"JUPYTER_DATA_DIR", "/j"}, {"VIRTUAL_ENV", "/venv"}}),
              (std::vector<std::string>{"/j/kernels", "/venv/share/jupyter/kernels", "/usr/local/share/jupyter/kernels",
                                        "/usr/share/jupyter/kernels"}));
}

}  // namespace
}  // namespace corncob::server
