#include "server/zmq/iopub_sink.hpp"

#include "server/zmq/zmq_endpoint.hpp"

namespace corncob::server {
namespace {

using protocol::MsgType;

/// `dead` is said by who keeps kernels, about one that is gone; a kernel itself only knows starting, busy and idle, and
/// front ends give up a kernel that says otherwise, also when it is only being restarted.
bool is_of_a_kernel(const protocol::Message& message) {
    return message.header.msg_type != MsgType::status || message.content_json != R"({"execution_state":"dead"})";
}

}  // namespace

std::shared_ptr<const std::vector<std::string>> iopub_topic(const std::string& prefix, MsgType type) {
    return std::make_shared<const std::vector<std::string>>(1, prefix + "." + std::string(protocol::wire_name(type)));
}

std::string session_of_request(const protocol::Message& reply) {
    const auto request = protocol::parse_header(reply.parent_header_json);
    return request ? request->session.str() : std::string();
}

tenants::SinkOfSession IopubSink::of_sessions(ZmqEndpoint& endpoint) {
    return [outbox = endpoint.outbox(), weak = endpoint.weak_from_this()](const std::string& session) {
        const auto is_heard = [weak] {
            const auto kept = weak.lock();
            return kept && kept->has_subscribers();
        };
        return std::make_shared<IopubSink>(Surroundings{outbox, session, is_heard, [] {}});
    };
}

void IopubSink::deliver(protocol::wire::SharedMessage message) {
    if (!is_of_a_kernel(message->message())) return;
    auto topic = iopub_topic(surroundings_.topic, message->message().header.msg_type);
    surroundings_.outbox->push({std::move(message), protocol::Channel::iopub, std::move(topic)});
}

}  // namespace corncob::server
