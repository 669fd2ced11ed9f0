#include "protocol/rest/models.hpp"

#include "protocol/json_text.hpp"
#include "protocol/timestamp.hpp"

namespace corncob::protocol::rest {

nlohmann::json to_json(const KernelModel& model) {
    return {{"id", model.id.str()},
            {"name", model.name},
            {"last_activity", iso8601(model.last_activity)},
            {"execution_state", model.execution_state},
            {"connections", model.connections}};
}

nlohmann::json to_json(const SessionModel& model) {
    return {{"id", model.id.str()},
            {"path", model.path},
            {"name", model.name},
            {"type", model.type},
            {"kernel", to_json(model.kernel)},
            {"notebook", {{"path", model.path}, {"name", model.name}}}};  // for clients of the notebook of old
}

nlohmann::json to_json(const KernelspecModel& model) {
    return {{"name", model.name},
            {"spec",
             {{"argv", model.argv},
              {"env", model.env},
              {"display_name", model.display_name},
              {"language", model.language},
              {"interrupt_mode", "message"},
              {"metadata", model.metadata}}},
            {"resources", model.resources}};
}

nlohmann::json error_body(const std::string& message, const std::optional<std::string>& reason) {
    nlohmann::json body{{"message", to_utf8(message)}, {"reason", nullptr}};
    if (reason) body["reason"] = to_utf8(*reason);
    return body;
}

}  // namespace corncob::protocol::rest
