#include "protocol/message.hpp"

#include <nlohmann/json.hpp>

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol {
namespace {

nlohmann::json full_header() {
    return nlohmann::json::parse(kSampleHeaderJson);
}

TEST(Header, ParsesEveryField) {
    auto json = full_header();
    json["subshell_id"] = "sub-1";
    const auto header = parse_header(json.dump());
    ASSERT_TRUE(header);
    EXPECT_EQ(header->msg_id.str(), "m-1");
    EXPECT_EQ(header->session.str(), "s-1");
    EXPECT_EQ(header->username, "ann");
    EXPECT_EQ(header->date, "2026-11-21T07:47:01.123456Z");
    EXPECT_EQ(header->version, "5.5");
    EXPECT_EQ(header->msg_type, MsgType::execute_request);
    EXPECT_EQ(header->subshell_id.str(), "sub-1");
}

TEST(Header, OptionalFieldsMayBeAbsentOrNull) {
    const auto bare = parse_header(R"({"msg_id":"m","session":"s","msg_type":"status"})");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->username + bare->date + bare->version + bare->subshell_id.str(), "");
    EXPECT_TRUE(parse_header(R"({"msg_id":"m","session":"s","msg_type":"status","username":null,"date":null,)"
                             R"("version":null,"subshell_id":null,"extra":[1,{"msg_id":3}]})"));
}

TEST(Header, RequiredFieldsMayNot) {
    for (const std::string field : {"msg_id", "session", "msg_type"}) {
        auto json = full_header();
        json.erase(field);
        expect_failure(parse_header(json.dump()), Errc::missing_field, "header." + field);
        json[field] = nullptr;
        expect_failure(parse_header(json.dump()), Errc::missing_field, "header." + field);
    }
}

TEST(Header, FieldsMustBeStrings) {
    for (const std::string field : {"msg_id", "session", "msg_type", "username", "version", "subshell_id"}) {
        for (const auto& value : {nlohmann::json(1), nlohmann::json::object(), nlohmann::json(false)}) {
            auto json = full_header();
            json[field] = value;
            expect_failure(parse_header(json.dump()), Errc::wrong_type, "header." + field);
        }
    }
}

TEST(Header, ADateThatIsNoStringCountsAsAbsent) {
    auto json = full_header();
    json["date"] = 1795253011.5;
    const auto header = parse_header(json.dump());
    ASSERT_TRUE(header) << header.error().detail;
    EXPECT_EQ(header->date, "");
}

TEST(Header, UnknownMsgTypeIsNamedInShort) {
    auto json = full_header();
    json["msg_type"] = "make_coffee";
    expect_failure(parse_header(json.dump()), Errc::unknown_msg_type, "\"make_coffee\"");
    json["msg_type"] = std::string(10'000, 'x');
    const auto header = parse_header(json.dump());
    expect_failure(header, Errc::unknown_msg_type, "xxx");
    EXPECT_LT(header.error().detail.size(), 200U);
}

TEST(Header, IdsAndTheWholeHaveLimits) {
    for (const std::string field : {"msg_id", "session", "subshell_id"}) {
        auto json = full_header();
        json[field] = std::string(kIdBytesMax, 'x');
        EXPECT_TRUE(parse_header(json.dump())) << field;
        json[field] = std::string(kIdBytesMax + 1, 'x');
        expect_failure(parse_header(json.dump()), Errc::too_long,
                       "header." + field + " has 257 bytes, the limit is 256");
    }
    std::string text(kSampleHeaderJson);
    text.append(kHeaderBytesMax - text.size(), ' ');
    EXPECT_TRUE(parse_header(text));
    expect_failure(parse_header(text + " "), Errc::too_long, "65536");
}

TEST(Header, MalformedTexts) {
    expect_failure(parse_header(""), Errc::bad_json, "header");
    expect_failure(parse_header("{\"msg_id\":}"), Errc::bad_json, "header");
    expect_failure(parse_header("[]"), Errc::not_an_object, "header");
    expect_failure(parse_header("{\"msg_id\":\"\xC3\"}"), Errc::bad_utf8, "header");
    expect_failure(parse_header("\xEF\xBB\xBF" + std::string(kSampleHeaderJson)), Errc::not_an_object, "header");
    expect_failure(parse_header(nested_object(kJsonDepthMax + 1)), Errc::too_deep, "header");
}

TEST(Header, BuildsWhatItParses) {
    Header header;
    header.msg_id = MsgId("a\"b");
    header.session = ClientSessionId("s");
    header.username = "grün";
    header.date = "2026-11-21T07:47:01.123456Z";
    header.version = "5.3";
    header.msg_type = MsgType::comm_msg;
    header.subshell_id = SubshellId("sub");
    const auto parsed = parse_header(header_json(header));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->msg_id, header.msg_id);
    EXPECT_EQ(parsed->session, header.session);
    EXPECT_EQ(parsed->username, header.username);
    EXPECT_EQ(parsed->date, header.date);
    EXPECT_EQ(parsed->version, "5.3");
    EXPECT_EQ(parsed->msg_type, header.msg_type);
    EXPECT_EQ(parsed->subshell_id, header.subshell_id);
}

TEST(Header, EmptyVersionIsOursAndEmptySubshellIsLeftOut) {
    Header header;
    header.msg_type = MsgType::status;
    const auto json = nlohmann::json::parse(header_json(header));
    EXPECT_EQ(json.at("version"), "5.5");
    EXPECT_EQ(json.at("msg_type"), "status");
    EXPECT_FALSE(json.contains("subshell_id"));
    EXPECT_EQ(json.size(), 6U);
}

TEST(Message, SizeCountsEveryPart) {
    Message message;
    message.header_json = "12345";
    message.parent_header_json = "123";
    message.metadata_json = "1";
    message.content_json = "12";
    message.buffers = {"1234", "", "12"};
    EXPECT_EQ(message.size_bytes(), 17U);
}

}  // namespace
}  // namespace corncob::protocol
