#include "server/zmq/private_folder.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

class PrivateFolder : public testing::Test {
 protected:
    std::string path(const std::string& below) const { return folder_.path() + "/" + below; }
    tests::TemporaryFolder folder_;
};

TEST_F(PrivateFolder, IsMadeWithThoseAboveItForItsOwnerAlone) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(make_private_folder(path("a/b/c")));
    for (const char* each : {"a", "a/b", "a/b/c"}) {
        struct stat status {};
        ASSERT_EQ(::stat(path(each).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0700U) << each;
    }
}

TEST_F(PrivateFolder, IsNoneThatOthersCouldHaveMade) {
    std::filesystem::create_directory(path("open"));
    ::chmod(path("open").c_str(), 0755);
    EXPECT_EQ(make_private_folder(path("open")).error().detail,
              path("open") + ": is open to other users; it must have mode 0700");
    ASSERT_TRUE(make_private_folder(path("mine")));
    std::filesystem::create_directory_symlink(path("mine"), path("link"));
    EXPECT_EQ(make_private_folder(path("link")).error().detail, path("link") + ": is no directory");
    std::ofstream(path("file")) << "x";
    EXPECT_EQ(make_private_folder(path("file")).error().detail, path("file") + ": is no directory");
    EXPECT_EQ(make_private_folder(path("file/below")).error().detail, path("file/below") + ": Not a directory");
}

TEST_F(PrivateFolder, NamesStayWhereTheyAre) {
    EXPECT_EQ(file_name_of("alice@example.org"), "alice@example.org");
    EXPECT_EQ(file_name_of("."), "._");
    EXPECT_EQ(file_name_of(".."), ".._");
}

}  // namespace
}  // namespace corncob::server
