#include "tenants/kernel_info.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "protocol/message.hpp"

namespace corncob::tenants {
namespace {

// https://jupyter-client.readthedocs.io/en/stable/messaging.html#kernel-info
TEST(KernelInfo, HasEveryFieldOfTheProtocol) {
    const auto info = nlohmann::json::parse(kernel_info_content("3.11.2"));
    EXPECT_EQ(info["status"], "ok");
    EXPECT_EQ(info["protocol_version"], std::string(protocol::kProtocolVersion));
    EXPECT_EQ(info["implementation"], "corncob");
    EXPECT_EQ(info["implementation_version"], CORNCOB_VERSION);
    EXPECT_NE(info["banner"].get<std::string>().find("3.11.2"), std::string::npos);
    EXPECT_EQ(info["debugger"], false);
    EXPECT_EQ(info["supported_features"], nlohmann::json::array({"kernel subshells"}));
    ASSERT_TRUE(info["help_links"].is_array());
    for (const auto& link : info["help_links"]) {
        EXPECT_TRUE(link["text"].is_string() && link["url"].is_string()) << link;
    }
}

TEST(KernelInfo, DescribesTheLanguageForEditorsAndNbconvert) {
    const auto language = nlohmann::json::parse(kernel_info_content("3.11.2"))["language_info"];
    EXPECT_EQ(language["name"], "python");
    EXPECT_EQ(language["version"], "3.11.2");
    EXPECT_EQ(language["mimetype"], "text/x-python");
    EXPECT_EQ(language["file_extension"], ".py");
    EXPECT_EQ(language["pygments_lexer"], "ipython3");
    EXPECT_EQ(language["nbconvert_exporter"], "python");
    EXPECT_EQ(language["codemirror_mode"], nlohmann::json({{"name", "ipython"}, {"version", 3}}));
}

}  // namespace
}  // namespace corncob::tenants
