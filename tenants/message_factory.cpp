#include "tenants/message_factory.hpp"

#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/timestamp.hpp"
#include "protocol/uuid.hpp"

namespace corncob::tenants {

MessageFactory::MessageFactory(const Clock& clock) : clock_(clock), session_(protocol::make_uuid()) {}

protocol::wire::SharedMessage MessageFactory::make(protocol::Channel channel, protocol::MsgType type,
                                                   const std::string& parent_header_json, std::string content_json,
                                                   std::string metadata_json, std::vector<std::string> buffers) {
    protocol::Message message;
    message.channel = channel;
    const std::uint64_t position = next_.fetch_add(1, std::memory_order_relaxed);
    message.header.msg_id = protocol::MsgId(session_.str() + "_" + std::to_string(position));
    message.header.session = session_;
    message.header.username = "corncob";
    message.header.date = protocol::iso8601(clock_.system_now());
    message.header.version = protocol::kProtocolVersion;
    message.header.msg_type = type;
    message.header_json = protocol::header_json(message.header);
    message.parent_header_json = parent_header_json;
    message.metadata_json = std::move(metadata_json);
    message.content_json = std::move(content_json);
    message.buffers = std::move(buffers);
    return std::make_shared<const protocol::wire::EncodedMessage>(std::move(message), position);
}

}  // namespace corncob::tenants
