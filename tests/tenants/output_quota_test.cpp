#include "tenants/output_quota.hpp"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using protocol::MsgType;

constexpr std::size_t kBytesMax = 1000;

class OutputQuotaTest : public testing::Test {
 protected:
    static Output stream(const std::string& text) {
        return {MsgType::stream, nlohmann::json{{"name", "stdout"}, {"text", text}}.dump(), "{}", {}};
    }
    static std::string text_of(const Output& output) {
        return nlohmann::json::parse(output.content_json)["text"].get<std::string>();
    }
    static SharedRequest cell() { return std::make_shared<const Request>(Request{tests::execute("a", ""), {}}); }
    Admission admit(Output output, std::size_t bytes_max = kBytesMax) {
        last_ = std::move(output);
        return admit_output(bytes_max, cell_, last_);
    }
    SharedRequest cell_ = cell();
    Output last_;
};

TEST_F(OutputQuotaTest, WhatFitsIsSentAsItIs) {
    EXPECT_EQ(admit(stream("hello")), Admission::whole);
    EXPECT_EQ(text_of(last_), "hello");
    EXPECT_EQ(admit(stream(std::string(2 * kBytesMax, 'x')), 0), Admission::whole) << "0 is no limit";
}

TEST_F(OutputQuotaTest, TextThatPassesTheLimitIsCutAndTheRestRefused) {
    EXPECT_EQ(admit(stream(std::string(500, 'x'))), Admission::whole);
    EXPECT_EQ(admit(stream(std::string(5000, 'y'))), Admission::cut);
    const std::string kept = text_of(last_);
    EXPECT_EQ(kept, std::string(kept.size(), 'y'));
    EXPECT_GT(kept.size(), 400U);
    EXPECT_LE(kept.size(), 500U);
    EXPECT_EQ(admit(stream("z")), Admission::refused);
    EXPECT_EQ(admit(stream("z")), Admission::refused);
}

TEST_F(OutputQuotaTest, NoCharacterIsCut) {
    std::string snow;
    for (int i = 0; i < 1000; ++i) snow += "\xe2\x98\x83";
    EXPECT_EQ(admit(stream(snow), 100), Admission::cut);
    const std::string kept = text_of(last_);
    EXPECT_EQ(kept.size(), 99U);
    EXPECT_EQ(kept, snow.substr(0, 99));
}

TEST_F(OutputQuotaTest, DisplaysAreRefusedWholeWithTheirBuffers) {
    const Output image{MsgType::display_data, R"({"data":{}})", "{}", {std::string(kBytesMax, '\0')}};
    EXPECT_EQ(admit(image), Admission::refused_at_last);
    EXPECT_EQ(admit(stream("x")), Admission::refused);
}

TEST_F(OutputQuotaTest, ALimitThatIsJustReachedIsNotPassed) {
    const Output exact{MsgType::display_data, std::string(kBytesMax - 2, ' '), "{}", {}};
    EXPECT_EQ(admit(exact), Admission::whole);
    EXPECT_EQ(admit(stream("x")), Admission::refused_at_last);
}

TEST_F(OutputQuotaTest, ErrorsResultsAndCommsAlwaysPass) {
    EXPECT_EQ(admit(stream(std::string(5000, 'x'))), Admission::cut);
    for (const MsgType type :
         {MsgType::error, MsgType::execute_result, MsgType::execute_input, MsgType::clear_output, MsgType::comm_msg}) {
        EXPECT_EQ(admit({type, std::string(5000, ' '), "{}", {}}), Admission::whole) << wire_name(type);
    }
}

TEST_F(OutputQuotaTest, EachCellHasItsOwnAndWhatBelongsToNoneIsNotCounted) {
    EXPECT_EQ(admit(stream(std::string(5000, 'x'))), Admission::cut);
    cell_ = cell();
    EXPECT_EQ(admit(stream("x")), Admission::whole);
    cell_ = nullptr;
    EXPECT_EQ(admit(stream(std::string(5000, 'x'))), Admission::whole);
}

TEST_F(OutputQuotaTest, TheNoticeIsAStreamMessageThatNamesLimitAndTenant) {
    const auto notice = nlohmann::json::parse(output_limit_notice(kBytesMax, protocol::TenantId("a\"b")));
    EXPECT_EQ(notice["name"], "stderr");
    const auto text = notice["text"].get<std::string>();
    EXPECT_NE(text.find("output_bytes_max"), std::string::npos);
    EXPECT_NE(text.find("1000 bytes"), std::string::npos);
    EXPECT_NE(text.find("a\"b"), std::string::npos);
}

}  // namespace
}  // namespace corncob::tenants
