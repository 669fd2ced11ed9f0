// Messages and failures that several tests of the protocol share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/message.hpp"

namespace corncob::protocol {

inline constexpr std::string_view kSampleHeaderJson =
    R"({"msg_id":"m-1","username":"ann","session":"s-1","date":"2026-11-21T07:47:01.123456Z",)"
    R"("msg_type":"execute_request","version":"5.5"})";

/// A request as a client sends it, with text beyond ASCII and numbers that a double cannot hold.
inline Message sample_message(std::vector<std::string> buffers = {}) {
    Message message;
    message.channel = Channel::shell;
    message.header_json = std::string(kSampleHeaderJson);
    message.header = parse_header(message.header_json).value();
    message.parent_header_json = R"({"msg_id": "p-1"})";
    message.metadata_json = R"({ "deletedCells" : [ ] })";
    message.content_json = R"({"code":"print('grüße 😀 \\ \" {[');","n":123456789012345678901234567890,"silent":false})";
    message.buffers = std::move(buffers);
    return message;
}

inline void expect_same(const Message& got, const Message& want) {
    EXPECT_EQ(got.channel, want.channel);
    EXPECT_EQ(got.header.msg_id, want.header.msg_id);
    EXPECT_EQ(got.header.session, want.header.session);
    EXPECT_EQ(got.header.username, want.header.username);
    EXPECT_EQ(got.header.date, want.header.date);
    EXPECT_EQ(got.header.version, want.header.version);
    EXPECT_EQ(got.header.msg_type, want.header.msg_type);
    EXPECT_EQ(got.header.subshell_id, want.header.subshell_id);
    EXPECT_EQ(got.header_json, want.header_json);
    EXPECT_EQ(got.parent_header_json, want.parent_header_json);
    EXPECT_EQ(got.metadata_json, want.metadata_json);
    EXPECT_EQ(got.content_json, want.content_json);
    EXPECT_EQ(got.buffers, want.buffers);
}

/// `result` failed with `code`, and its sentence holds `words` (what, where or the limit).
template <class T>
void expect_failure(const Result<T>& result, Errc code, std::string_view words) {
    ASSERT_TRUE(result.has_error()) << "expected " << name(code);
    EXPECT_EQ(name(result.error().code), name(code)) << result.error().detail;
    EXPECT_NE(result.error().detail.find(words), std::string::npos)
        << "'" << result.error().detail << "' does not say '" << words << "'";
}

/// An object of `levels` nested levels, itself counted.
inline std::string nested_object(std::size_t levels) {
    std::string text = "{}";
    if (levels == 1) return text;
    const std::string open(levels - 1, '[');
    const std::string close(levels - 1, ']');
    return "{\"a\":" + open + close + "}";
}

}  // namespace corncob::protocol
