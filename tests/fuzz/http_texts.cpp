// What the REST API reads of a request: its target, its query, its body. The first byte chooses.
#include <limits>

#include "protocol/json_text.hpp"
#include "server/http/json_body.hpp"
#include "server/http/url.hpp"
#include "tests/fuzz/target.hpp"

namespace corncob::fuzz {
namespace {

using namespace server;

bool try_target(std::string_view input) {
    const auto target = parse_target(input);
    if (!target) return false;
    require(target->path.starts_with('/'), "a path begins with a slash");
    require(target->path.find_first_of("?#") == std::string_view::npos, "a path ends before the query");
    std::string joined;
    for (const std::string_view segment : split_path(target->path)) {
        joined.append("/").append(segment);
        const auto decoded = percent_decode(segment);
        require(!decoded || decoded->size() <= segment.size(), "decoding makes nothing longer");
    }
    require(joined == target->path, "the segments are the path");
    const Query query(target->query);
    return query.get("token").value_or("").size() <= input.size();
}

bool try_query(std::string_view input) {
    const auto decoded = percent_decode(percent_encode(input));
    require(decoded && *decoded == input, "what is encoded decodes");
    const Query query("session_id=" + percent_encode(input) + "&" + std::string(input));
    require(query.get("session_id") == input, "the first value counts");
    return percent_decode(input, true).has_value();
}

/// As the handlers use a body: fields are looked up, copied, and come back in an answer.
bool try_body(std::string_view input) {
    const auto body = parse_json_body(input);
    if (!body) {
        require(!body.error().detail.empty(), "a refusal is a sentence");
        return false;
    }
    require(body->value.is_object(), "a body is an object");
    for (const char* key : {"name", "path", "kernel", "env"}) {
        const auto text = string_field(body->value, key);
        const auto object = object_field(body->value, key);
        require(text.has_error() || object.has_error() || !body->value.contains(key) || body->value[key].is_null(),
                "a field has one type");
        if (object) require(protocol::is_utf8(object->value.dump()), "an object can be sent back");
    }
    require(nlohmann::json::parse(body->value.dump()) == body->value, "a body can be written");
    return true;
}

}  // namespace

bool try_input(std::string_view input) {
    switch (choose(input, 3)) {
        case 0:
            return try_target(input);
        case 1:
            return try_query(input);
        default:
            return try_body(input);
    }
}

}  // namespace corncob::fuzz
