#include "server/zmq/session_kernels.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "protocol/error_content.hpp"
#include "protocol/json_text.hpp"
#include "server/zmq/zmq_endpoint.hpp"

namespace corncob::server {

using protocol::Channel;
using protocol::MsgType;

namespace {

constexpr std::chrono::milliseconds kLooksPerTimeout{4};
constexpr std::chrono::milliseconds kLookIntervalMax = std::chrono::minutes(1);

/// What ends a kernel, or answers its question, is no reason to make one.
bool begins_a_session(MsgType type) {
    return protocol::reply_type(type).has_value() || type == MsgType::comm_open || type == MsgType::comm_msg ||
           type == MsgType::comm_close;
}

}  // namespace

SessionKernels::SessionKernels(tenants::Tenant& tenant, SessionKernelsSettings settings, const tenants::Clock& clock,
                               Log& log, ZmqReactor& reactor)
    : tenant_(tenant), settings_(settings), clock_(clock), log_(log), reactor_(reactor), messages_(clock) {}

void SessionKernels::begin(ZmqEndpoint& endpoint) {
    endpoint_ = endpoint.weak_from_this();
    if (settings_.idle_timeout.count() == 0) return;
    timer_.emplace(reactor_.executor());
    look_again_later();
}

void SessionKernels::look_again_later() {
    timer_->expires_after(std::min(settings_.idle_timeout / kLooksPerTimeout.count(), kLookIntervalMax));
    timer_->async_wait([weak = weak_from_this()](const ErrorCode& error) {
        const auto self = weak.lock();
        if (error || !self || !self->timer_) return;
        self->end_idle();
        self->look_again_later();
    });
}

tenants::Result<void> SessionKernels::submit(protocol::Message message, const std::shared_ptr<ZmqClient>& client) {
    const std::string id = message.header.session.str();
    const MsgType type = message.header.msg_type;
    if (!sessions_.contains(id) && !begins_a_session(type)) {
        return tenants::Failure{tenants::Errc::not_a_request, "there is no such session to take it"};
    }
    const auto session = session_of(id);
    if (!session) {
        if (!protocol::reply_type(type)) return session.error();
        refuse(message, session.error(), client);
        return {};
    }
    (*session)->last_heard = clock_.steady_now();
    return (*session)->kernel->submit(std::move(message), client);
}

tenants::Result<SessionKernels::Session*> SessionKernels::session_of(const std::string& id) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end() && !found->second.kernel->dead()) return &found->second;
    const auto endpoint = endpoint_.lock();
    if (id.size() > kSessionBytesMax || !endpoint) {
        return tenants::Failure{tenants::Errc::not_a_request,
                                "header.session has more than " + std::to_string(kSessionBytesMax) + " bytes"};
    }
    auto started = tenant_.kernels().start({});
    if (!started) return started.error();
    const auto& kernel = *started;
    const auto ended = [weak = weak_from_this(), executor = reactor_.executor(), id, which = kernel.get()] {
        asio::post(executor, [weak, id, which] {
            if (const auto self = weak.lock()) self->forget(id, which);
        });
    };
    auto iopub = std::make_shared<IopubSink>(IopubSink::Surroundings{endpoint->outbox(), id,
                                                                     [endpoint = endpoint_] {
                                                                         const auto kept = endpoint.lock();
                                                                         return kept && kept->has_subscribers();
                                                                     },
                                                                     ended});
    kernel->subscribe(iopub);
    log_.info("zmq: tenant={} session={} kernel={} begins", tenant_.id().str(), protocol::quoted_excerpt(id),
              kernel->id().str());
    Session session{kernel, std::move(iopub), clock_.steady_now()};
    return &sessions_.insert_or_assign(id, std::move(session)).first->second;
}

/// As a kernel would, had there been one: what is asked gets its reply, between busy and idle.
void SessionKernels::refuse(const protocol::Message& request, const tenants::Failure& why,
                            const std::shared_ptr<ZmqClient>& client) {
    const auto endpoint = endpoint_.lock();
    if (!endpoint) return;
    const MsgType type = request.header.msg_type;
    const auto publish = [&](const char* status) {
        const std::string content = std::string(R"({"execution_state":")") + status + R"("})";
        endpoint->outbox()->push(
            {messages_.make(Channel::iopub, MsgType::status, request.header_json, content), Channel::iopub,
             iopub_topic(request.header.session.str().substr(0, kSessionBytesMax), MsgType::status)});
    };
    publish("busy");
    client->deliver(messages_.make(request.channel, *protocol::reply_type(type), request.header_json,
                                   protocol::error_content(type, "NoKernel", why.detail)));
    publish("idle");
}

std::string SessionKernels::topic_of(const protocol::Message& reply) const {
    const auto request = protocol::parse_header(reply.parent_header_json);
    return request ? request->session.str() : std::string();
}

void SessionKernels::review_backlog() {
    for (const auto& [id, session] : sessions_) session.kernel->review_backlog();
}

void SessionKernels::end() {
    timer_.reset();
    for (const auto& [id, session] : sessions_) session.kernel->unsubscribe(session.iopub.get());
    sessions_.clear();
}

void SessionKernels::end_idle() {
    std::vector<std::pair<std::string, std::shared_ptr<tenants::Kernel>>> idle;
    for (const auto& [id, session] : sessions_) {
        if (is_idle(session)) idle.emplace_back(id, session.kernel);
    }
    for (const auto& [id, kernel] : idle) {
        log_.info("zmq: tenant={} session={} kernel={} is ended: not used for {} ms (zmq.session_idle_timeout_seconds)",
                  tenant_.id().str(), protocol::quoted_excerpt(id), kernel->id().str(), settings_.idle_timeout.count());
        tenant_.kernels().shutdown(kernel->id(), [] {});
    }
}

bool SessionKernels::is_idle(const Session& session) const {
    if (clock_.steady_now() - session.last_heard < settings_.idle_timeout || session.kernel->busy()) return false;
    return clock_.system_now() - session.kernel->model().last_activity >= settings_.idle_timeout;
}

void SessionKernels::forget(const std::string& id, const tenants::Kernel* kernel) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.kernel.get() != kernel) return;
    tenant_.kernels().shutdown(kernel->id(), [] {});  // it is dead, and is not to be kept as such
    sessions_.erase(found);
}

}  // namespace corncob::server
