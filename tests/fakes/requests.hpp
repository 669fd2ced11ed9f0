// Client messages, as short as tests want them.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "protocol/message.hpp"

namespace corncob::tests {

inline protocol::Message request(protocol::MsgType type, const std::string& msg_id,
                                 const nlohmann::json& content = nlohmann::json::object(),
                                 protocol::Channel channel = protocol::Channel::shell) {
    protocol::Message message;
    message.channel = channel;
    message.header.msg_id = protocol::MsgId(msg_id);
    message.header.session = protocol::ClientSessionId("client");
    message.header.msg_type = type;
    message.header.version = protocol::kProtocolVersion;
    message.header_json = protocol::header_json(message.header);
    message.content_json = content.dump();
    return message;
}

inline protocol::Message execute(const std::string& msg_id, const std::string& code,
                                 nlohmann::json more = nlohmann::json::object()) {
    more["code"] = code;
    return request(protocol::MsgType::execute_request, msg_id, more);
}

}  // namespace corncob::tests
