#include "server/private_file.hpp"

#include <sys/stat.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.hpp"

namespace corncob::server {
namespace {

namespace fs = std::filesystem;

TEST(PrivateFile, ComesBackAsItWasWritten) {
    const tests::TemporaryFolder folder;
    const std::string path = folder.path() + "/file";
    for (const std::string& written : {std::string("key\0\n", 5), std::string()}) {
        ASSERT_FALSE(write_private_file(path, written));
        std::string read;
        ASSERT_FALSE(read_small_file(path, 5, read));
        EXPECT_EQ(read, written);
    }
}

TEST(PrivateFile, IsItsOwnersAlone) {
    const tests::TemporaryFolder folder;
    const std::string path = folder.path() + "/file";
    const mode_t before = ::umask(0);
    EXPECT_FALSE(write_private_file(path, "key"));
    ::umask(before);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << "nothing beside it";
}

TEST(PrivateFile, SaysWhatIsWrong) {
    const tests::TemporaryFolder folder;
    const std::string path = folder.path() + "/file";
    std::string text;
    EXPECT_EQ(read_small_file(path, 10, text), std::errc::no_such_file_or_directory);
    EXPECT_EQ(write_private_file(path + "/below", "x"), std::errc::no_such_file_or_directory);
    ASSERT_FALSE(write_private_file(path, "12345678901"));
    EXPECT_EQ(read_small_file(path, 10, text), std::errc::file_too_large);
    fs::create_directory(folder.path() + "/directory");
    EXPECT_TRUE(write_private_file(folder.path() + "/directory", "x"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2) << "nothing is left";
}

}  // namespace
}  // namespace corncob::server
