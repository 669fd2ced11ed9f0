#include "server/http/static_files.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(StaticFiles, AreTheFilesOfTheTree) {
    const std::pair<const char*, const char*> expected[] = {{"logo-32x32.png", "image/png"},
                                                            {"logo-64x64.png", "image/png"},
                                                            {"logo-svg.svg", "image/svg+xml"},
                                                            {"spec.yaml", "text/x-yaml; charset=utf-8"},
                                                            {"status.html", "text/html; charset=utf-8"},
                                                            {"login.html", "text/html; charset=utf-8"},
                                                            {"page.css", "text/css; charset=utf-8"},
                                                            {"status.js", "text/javascript; charset=utf-8"}};
    for (const auto& [name, type] : expected) {
        const StaticFile* file = find_static_file(name);
        ASSERT_TRUE(file) << name;
        EXPECT_EQ(file->content_type, type);
        std::ifstream stream(std::string(CORNCOB_SOURCE_DIR) + "/server/http/static/" + name, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(stream), {}};
        EXPECT_FALSE(content.empty());
        EXPECT_TRUE(file->content == content) << name;
    }
}

TEST(StaticFiles, ThereAreNoOthers) {
    for (const char* name : {"", "logo", "embed.cmake", "../static/logo-64x64.png"}) {
        EXPECT_FALSE(find_static_file(name)) << name;
    }
}

}  // namespace
}  // namespace corncob::server
