#include "server/http/json_body.hpp"

#include <string>
#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/limits.hpp"

namespace corncob::server {

using nlohmann::json;
using tenants::Errc;
using tenants::Failure;

tenants::Result<JsonObject> parse_json_body(std::string_view body) {
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return JsonObject{};
    // Parsing does not recurse, but whoever copies or writes a document does.
    if (protocol::is_nested_deeper_than(body, protocol::kJsonDepthMax)) {
        return Failure{Errc::missing_field,
                       "The body is nested deeper than " + std::to_string(protocol::kJsonDepthMax) + " levels"};
    }
    json value = json::parse(body, nullptr, false);
    if (value.is_discarded()) return Failure{Errc::missing_field, "Invalid JSON in body of request"};
    if (!value.is_object()) {
        return Failure{Errc::missing_field, std::string("The body must be a JSON object, not ") + value.type_name()};
    }
    return JsonObject{std::move(value)};
}

tenants::Result<std::optional<std::string>> string_field(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::optional<std::string>();
    if (!found->is_string()) {
        return Failure{Errc::missing_field, std::string(key) + " must be a string, not " + found->type_name()};
    }
    return std::optional<std::string>(found->get<std::string>());
}

tenants::Result<JsonObject> object_field(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return JsonObject{};
    if (!found->is_object()) {
        return Failure{Errc::missing_field, std::string(key) + " must be an object, not " + found->type_name()};
    }
    return JsonObject{*found};
}

}  // namespace corncob::server
