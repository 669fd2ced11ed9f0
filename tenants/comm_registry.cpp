#include "tenants/comm_registry.hpp"

#include <nlohmann/json.hpp>

namespace corncob::tenants {
namespace {

std::string string_field(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

void CommRegistry::note(protocol::MsgType type, std::string_view content_json) {
    if (type != protocol::MsgType::comm_open && type != protocol::MsgType::comm_close) return;
    const auto content = nlohmann::json::parse(content_json, nullptr, false);
    const std::string comm_id = string_field(content, "comm_id");
    if (comm_id.empty()) return;
    if (type == protocol::MsgType::comm_open) {
        if (targets_.size() < kCommsMax) targets_[comm_id] = string_field(content, "target_name");
    } else {
        targets_.erase(comm_id);
    }
}

std::string CommRegistry::comm_info(std::string_view request_content_json) const {
    const std::string wanted = string_field(nlohmann::json::parse(request_content_json, nullptr, false), "target_name");
    nlohmann::json comms = nlohmann::json::object();
    for (const auto& [comm_id, target_name] : targets_) {
        if (wanted.empty() || wanted == target_name) comms[comm_id] = {{"target_name", target_name}};
    }
    return nlohmann::json{{"status", "ok"}, {"comms", std::move(comms)}}.dump();
}

}  // namespace corncob::tenants
