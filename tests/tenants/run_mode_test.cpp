#include "tenants/run_mode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

RunMode of_code(const std::string& code) {
    return run_mode_of(tests::execute("a", code));
}

RunMode of_metadata(const std::string& metadata_json, const std::string& code = "1") {
    auto message = tests::execute("a", code);
    message.metadata_json = metadata_json;
    return run_mode_of(message);
}

TEST(RunMode, IsSaidByTheFirstLine) {
    EXPECT_EQ(of_code("# task\n1"), RunMode::task);
    EXPECT_EQ(of_code("#task"), RunMode::task);
    EXPECT_EQ(of_code("##  queue \r\n1"), RunMode::queue);
    EXPECT_EQ(of_code("# thread\n1"), RunMode::thread);
    EXPECT_EQ(of_code("\n \r\n # task\n1"), RunMode::task) << "the first that is not empty";
    EXPECT_EQ(of_code("\n\n"), RunMode::usual);
    EXPECT_EQ(of_code("# thread name=\"My thread\" backend=trio\n1"), RunMode::thread);
    EXPECT_EQ(of_code("# thread odd=1\n1"), RunMode::thread) << "whoever runs it says what is wrong";
}

TEST(RunMode, IsNotSaidByAComment) {
    for (const char* code :
         {"", "1", "#", "# task 1: load the data\n1", "# thread safe\n1", "# thread =1\n", "# thread a='b\n1",
          "# Task\n1", "1\n# task", "task\n", "x = 'task' # task", "# tasks\n1", "# thread a=1 b\n1"}) {
        EXPECT_EQ(of_code(code), RunMode::usual) << code;
    }
}

TEST(RunMode, IsSaidByATagFirst) {
    EXPECT_EQ(of_metadata(R"({"tags":["x","thread"]})"), RunMode::thread);
    EXPECT_EQ(of_metadata(R"({"tags":["queue"]})", "# task\n1"), RunMode::queue);
    EXPECT_EQ(of_metadata(R"({"tags":["tasks",1,null]})", "# task\n1"), RunMode::task);
    for (const char* metadata : {R"({"tags":"task"})", R"({"task":1})", R"(["task"])", R"({"tags":[["task"]]})"}) {
        EXPECT_EQ(of_metadata(metadata), RunMode::usual) << metadata;
    }
}

TEST(RunMode, OfWhatIsNoCell) {
    auto message = tests::execute("a", "1");
    for (const char* content : {R"(["# task"])", R"({"code":["# task"]})", R"({"cod":"# task"})"}) {
        message.content_json = content;
        EXPECT_EQ(run_mode_of(message), RunMode::usual) << content;
    }
}

}  // namespace
}  // namespace corncob::tenants
