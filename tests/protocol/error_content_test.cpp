#include "protocol/error_content.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace corncob::protocol {
namespace {

using nlohmann::json;

TEST(ErrorContent, SaysWhatWentWrong) {
    const json expected{
        {"status", "error"}, {"ename", "QueueFull"}, {"evalue", "\"so\"\n"}, {"traceback", json::array()}};
    EXPECT_EQ(json::parse(error_content(MsgType::complete_request, "QueueFull", "\"so\"\n")), expected);
}

TEST(ErrorContent, AnExecuteReplyHasAllItsFields) {
    const json content = json::parse(error_content(MsgType::execute_request, "E", ""));
    EXPECT_EQ(content["execution_count"], 0);
    EXPECT_EQ(content["user_expressions"], json::object());
    EXPECT_EQ(content["payload"], json::array());
}

TEST(ErrorContent, BytesThatAreNoUtf8DoNotBreakTheJson) {
    EXPECT_EQ(json::parse(error_content(MsgType::history_request, "E", "\xff"))["evalue"], "\xef\xbf\xbd");
}

}  // namespace
}  // namespace corncob::protocol
