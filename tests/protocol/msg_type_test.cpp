#include "protocol/msg_type.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corncob::protocol {
namespace {

std::vector<MsgType> all_types() {
    std::vector<MsgType> types;
    for (int i = 0; i <= static_cast<int>(MsgType::iopub_welcome); ++i) types.push_back(static_cast<MsgType>(i));
    return types;
}

bool ends_with_request(MsgType type) {
    return wire_name(type).ends_with("_request");
}

TEST(MsgType, ParsesWhatItWrites) {
    for (const MsgType type : all_types()) EXPECT_EQ(parse_msg_type(wire_name(type)), type) << wire_name(type);
    EXPECT_EQ(wire_name(MsgType::execute_request), "execute_request");
    EXPECT_EQ(wire_name(MsgType::iopub_welcome), "iopub_welcome");
}

TEST(MsgType, OtherNamesAreNone) {
    for (const std::string_view text : {"", "execute", "Execute_request", "execute_request ", "hello"}) {
        EXPECT_EQ(parse_msg_type(text), std::nullopt) << text;
    }
}

TEST(MsgType, EveryClientRequestHasTheReplyOfItsName) {
    for (const MsgType type : all_types()) {
        if (!ends_with_request(type) || type == MsgType::input_request) {
            EXPECT_EQ(reply_type(type), std::nullopt) << wire_name(type);
            continue;
        }
        std::string reply(wire_name(type));
        reply.replace(reply.size() - 7, 7, "reply");
        ASSERT_TRUE(reply_type(type)) << wire_name(type);
        EXPECT_EQ(wire_name(*reply_type(type)), reply);
    }
}

TEST(MsgType, ClientsSendRequestsCommsAndInputReplies) {
    for (const MsgType type : all_types()) {
        const bool request = ends_with_request(type) && type != MsgType::input_request;
        const bool comm = type == MsgType::comm_open || type == MsgType::comm_msg || type == MsgType::comm_close;
        EXPECT_EQ(is_from_client(type), request || comm || type == MsgType::input_reply) << wire_name(type);
    }
}

}  // namespace
}  // namespace corncob::protocol
