#include "tenants/comm_registry.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace corncob::tenants {
namespace {

using nlohmann::json;
using protocol::MsgType;

json comms(const CommRegistry& registry, const char* request = "{}") {
    const json content = json::parse(registry.comm_info(request));
    EXPECT_EQ(content["status"], "ok");
    return content["comms"];
}

TEST(CommRegistry, KnowsWhatIsOpen) {
    CommRegistry registry;
    EXPECT_EQ(comms(registry), json::object());
    registry.note(MsgType::comm_open, R"({"comm_id":"1","target_name":"jupyter.widget","data":{}})");
    registry.note(MsgType::comm_open, R"({"comm_id":"2","target_name":"other"})");
    registry.note(MsgType::comm_msg, R"({"comm_id":"3","data":{}})");
    EXPECT_EQ(comms(registry), json({{"1", {{"target_name", "jupyter.widget"}}}, {"2", {{"target_name", "other"}}}}));
    registry.note(MsgType::comm_close, R"({"comm_id":"1"})");
    registry.note(MsgType::comm_close, R"({"comm_id":"never opened"})");
    EXPECT_EQ(comms(registry), json({{"2", {{"target_name", "other"}}}}));
    registry.clear();
    EXPECT_EQ(registry.size(), 0U);
}

TEST(CommRegistry, FiltersByTarget) {
    CommRegistry registry;
    registry.note(MsgType::comm_open, R"({"comm_id":"1","target_name":"a"})");
    registry.note(MsgType::comm_open, R"({"comm_id":"2","target_name":"b"})");
    EXPECT_EQ(comms(registry, R"({"target_name":"b"})"), json({{"2", {{"target_name", "b"}}}}));
    EXPECT_EQ(comms(registry, R"({"target_name":"c"})"), json::object());
    EXPECT_EQ(comms(registry, R"({"target_name":null})").size(), 2U);
    EXPECT_EQ(comms(registry, "no json").size(), 2U);
}

TEST(CommRegistry, LetsBrokenContentPass) {
    CommRegistry registry;
    for (const char* content :
         {"", "{", "[]", "7", "{}", R"({"comm_id":7})", R"({"comm_id":""})", "{\"comm_id\":\"\xff\"}"}) {
        registry.note(MsgType::comm_open, content);
    }
    EXPECT_EQ(registry.size(), 0U);
    registry.note(MsgType::comm_open, R"({"comm_id":"1","target_name":7})");
    EXPECT_EQ(comms(registry), json({{"1", {{"target_name", ""}}}}));
}

TEST(CommRegistry, IgnoresOtherTypes) {
    CommRegistry registry;
    registry.note(MsgType::execute_request, R"({"comm_id":"1","target_name":"a"})");
    EXPECT_EQ(registry.size(), 0U);
}

}  // namespace
}  // namespace corncob::tenants
