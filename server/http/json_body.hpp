// Request bodies as JSON objects, with a clear refusal for what is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tenants/errc.hpp"

namespace corncob::server {

/// A json that is an object. A type of its own, since nlohmann::json converts to whatever a Result may hold.
struct JsonObject {
    nlohmann::json value = nlohmann::json::object();
};

/// An empty body gives an empty object. Fails (missing_field, a 400) for what is no JSON object, or one that is nested
/// deeper than protocol::kJsonDepthMax.
tenants::Result<JsonObject> parse_json_body(std::string_view body);

/// The string at `key`; nothing if it is absent or null. Fails if it is of another type.
tenants::Result<std::optional<std::string>> string_field(const nlohmann::json& object, const char* key);
/// The object at `key`; an empty one if it is absent or null. Fails if it is of another type.
tenants::Result<JsonObject> object_field(const nlohmann::json& object, const char* key);

}  // namespace corncob::server
