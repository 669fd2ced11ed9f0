#include "server/zmq/lone_kernel.hpp"

#include "server/zmq/zmq_endpoint.hpp"

namespace corncob::server {

/// The kernel keeps its sink, and that the endpoint, until one of them ends.
void LoneKernel::begin(ZmqEndpoint& endpoint) {
    iopub_ = std::make_shared<IopubSink>(IopubSink::Surroundings{
        endpoint.outbox(), topic(), [kept = endpoint.shared_from_this()] { return kept->has_subscribers(); },
        [kept = endpoint.shared_from_this()] { kept->close(); }});
    kernel_->subscribe(iopub_);
    if (kernel_->sessions()) kernel_->sessions()->listen_to_all(IopubSink::of_sessions(endpoint));
}

std::string LoneKernel::topic_of(const protocol::Message& reply) const {
    return kernel_->sessions() ? session_of_request(reply) : topic();
}

void LoneKernel::end() {
    if (const auto sink = std::exchange(iopub_, nullptr)) kernel_->unsubscribe(sink.get());
    if (kernel_->sessions()) kernel_->sessions()->listen_to_all({});
}

}  // namespace corncob::server
