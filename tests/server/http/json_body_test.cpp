#include "server/http/json_body.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(JsonBody, AnEmptyBodyIsAnEmptyObject) {
    EXPECT_TRUE(parse_json_body("")->value.empty());
    EXPECT_TRUE(parse_json_body(" \r\n")->value.empty());
    EXPECT_EQ(parse_json_body(R"({"a": 1})")->value["a"], 1);
}

TEST(JsonBody, WhatIsNoObjectIsRefused) {
    for (const char* body : {"{", "[]", "\"a\"", "1", "null", "\xff\xfe", "{} {}", "{'a': 1}"}) {
        EXPECT_FALSE(parse_json_body(body)) << body;
    }
}

std::string nested_arrays(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

// Found by the fuzz target http_texts: a copy of a deep document ended the process.
TEST(JsonBody, DeepBodiesDoNotOverflowTheStack) {
    EXPECT_FALSE(parse_json_body(std::string(1000000, '[')));
    const auto body = parse_json_body(R"({"env": {"A": )" + nested_arrays(500000) + "}}");
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().detail, "The body is nested deeper than 512 levels");
    EXPECT_TRUE(parse_json_body(R"({"env": {"A": )" + nested_arrays(510) + "}}"));
    EXPECT_FALSE(parse_json_body(R"({"env": {"A": )" + nested_arrays(511) + "}}"));
}

TEST(JsonBody, FieldsHaveTheirTypes) {
    const auto body = parse_json_body(R"({"text": "a", "none": null, "number": 5, "object": {"b": 1}})");
    ASSERT_TRUE(body);
    EXPECT_EQ(*string_field(body->value, "text"), "a");
    EXPECT_FALSE(*string_field(body->value, "none"));
    EXPECT_FALSE(*string_field(body->value, "absent"));
    EXPECT_EQ(string_field(body->value, "number").error().detail, "number must be a string, not number");
    EXPECT_EQ(object_field(body->value, "object")->value["b"], 1);
    EXPECT_TRUE(object_field(body->value, "absent")->value.empty());
    EXPECT_FALSE(object_field(body->value, "text"));
}

}  // namespace
}  // namespace corncob::server
