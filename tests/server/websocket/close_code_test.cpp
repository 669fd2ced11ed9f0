#include "server/websocket/close_code.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using protocol::Errc;

TEST(CloseCode, UnknownWordsKeepTheConnection) {
    EXPECT_FALSE(close_reason_of({Errc::unknown_channel, "x"}));
    EXPECT_FALSE(close_reason_of({Errc::unknown_msg_type, "x"}));
}

TEST(CloseCode, BadContentIs1007AndBadFramingIs1003) {
    for (const Errc code :
         {Errc::bad_utf8, Errc::bad_json, Errc::not_an_object, Errc::missing_field, Errc::wrong_type}) {
        EXPECT_EQ(close_reason_of({code, "x"})->code, 1007) << protocol::name(code);
    }
    for (const Errc code : {Errc::frame_too_short, Errc::too_many_parts, Errc::too_few_parts, Errc::offset_out_of_order,
                            Errc::offset_out_of_range}) {
        EXPECT_EQ(close_reason_of({code, "x"})->code, 1003) << protocol::name(code);
    }
}

TEST(CloseCode, ReasonsFitIntoAControlFrame) {
    const auto reason = close_reason_of({Errc::bad_json, std::string(500, 'x') + "\xff"});
    EXPECT_EQ(reason->reason.size(), 123U);
    EXPECT_EQ(std::string(close_reason_of({Errc::bad_json, "a\n\xc3\xbc"})->reason.c_str()), "bad_json: a???");
}

}  // namespace
}  // namespace corncob::server
