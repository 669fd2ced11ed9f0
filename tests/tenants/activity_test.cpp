#include "tenants/activity.hpp"

#include <gtest/gtest.h>

namespace corncob::tenants {
namespace {

using protocol::MsgType;

TEST(Activity, WhatAUserDoesIsTracked) {
    for (const MsgType type :
         {MsgType::execute_request, MsgType::complete_request, MsgType::inspect_request, MsgType::is_complete_request,
          MsgType::history_request, MsgType::comm_open, MsgType::comm_msg, MsgType::comm_close}) {
        EXPECT_TRUE(is_tracked(type)) << wire_name(type);
    }
}

TEST(Activity, WhatComesByItselfIsNot) {
    for (const MsgType type : {MsgType::kernel_info_request, MsgType::comm_info_request, MsgType::interrupt_request,
                               MsgType::stream, MsgType::status, MsgType::input_reply}) {
        EXPECT_FALSE(is_tracked(type)) << wire_name(type);
    }
}

}  // namespace
}  // namespace corncob::tenants
