#include "tenants/session_kernels.hpp"

#include <algorithm>

#include "protocol/error_content.hpp"
#include "tenants/kernel.hpp"

namespace corncob::tenants {

using protocol::Channel;
using protocol::MsgType;
using protocol::wire::EncodedMessage;
using protocol::wire::SharedMessage;

namespace {

/// An answer to a kernel's question is no reason to make one.
bool begins_a_session(MsgType type) {
    return protocol::reply_type(type).has_value() || type == MsgType::comm_open || type == MsgType::comm_msg ||
           type == MsgType::comm_close;
}

SharedMessage without_position(const SharedMessage& message) {
    return std::make_shared<const EncodedMessage>(message->message());
}

}  // namespace

/// A client of one session. That session's end is not the client's: its next message begins it anew.
class SessionKernels::Ear final : public MessageSink {
 public:
    /// `comes_back`: positions are this session's. Those of several do not go together.
    Ear(std::shared_ptr<MessageSink> sink, bool comes_back) : sink_(std::move(sink)), comes_back_(comes_back) {}

    void deliver(SharedMessage message) override {
        sink_->deliver(comes_back_ ? std::move(message) : without_position(message));
    }
    std::uint64_t confirmed() override { return comes_back_ ? sink_->confirmed() : 0; }
    bool congested() const override { return sink_->congested(); }
    void kernel_ended() override {}
    std::size_t connections() const override { return sink_->connections(); }

 private:
    const std::shared_ptr<MessageSink> sink_;
    const bool comes_back_;
};

SessionKernels::SessionKernels(StartSession start, const Clock& clock)
    : start_(std::move(start)), clock_(clock), messages_(clock) {}

SessionKernels::~SessionKernels() = default;

Result<void> SessionKernels::submit(protocol::Message message, const std::shared_ptr<MessageSink>& origin) {
    const std::string id = message.header.session.str();
    const MsgType type = message.header.msg_type;
    std::shared_ptr<Kernel> kernel;
    std::shared_ptr<MessageSink> asker = origin;
    {
        const std::lock_guard lock(mutex_);
        if (!sessions_.contains(id) && !begins_a_session(type)) {
            return Failure{Errc::not_a_request, "there is no such session to take it"};
        }
        const auto session = session_of(id);
        if (!session) {
            if (!protocol::reply_type(type)) return session.error();
            refuse(message, session.error(), *origin);
            return {};
        }
        kernel = (*session)->kernel;
        (*session)->last_heard = clock_.steady_now();
        for (Hearer& each : hearers_) {
            if (each.sink != origin) continue;
            join(each, id, *kernel);
            asker = each.ears.at(id);
        }
    }
    return kernel->submit(std::move(message), asker);
}

Result<SessionKernels::Session*> SessionKernels::session_of(const std::string& id) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end() && !found->second.kernel->dead()) return &found->second;
    forget_dead();
    if (ended_) return Failure{Errc::kernel_is_dead, "the kernel has ended"};
    if (id.size() > kSessionBytesMax) {
        return Failure{Errc::not_a_request,
                       "header.session has more than " + std::to_string(kSessionBytesMax) + " bytes"};
    }
    auto started = start_();
    if (!started) return started.error();
    Session& session = sessions_[id];
    session = Session{std::move(*started), nullptr, clock_.steady_now()};
    listen(id, session);
    for (Hearer& each : hearers_) {
        if (each.client.session_id == id) join(each, id, *session.kernel);
    }
    return &session;
}

void SessionKernels::forget_dead() {
    for (auto it = sessions_.begin(); it != sessions_.end();) {
        if (!it->second.kernel->dead()) {
            ++it;
            continue;
        }
        for (Hearer& each : hearers_) each.ears.erase(it->first);
        it = sessions_.erase(it);
    }
}

void SessionKernels::join(Hearer& hearer, const std::string& id, Kernel& kernel) {
    auto& ear = hearer.ears[id];
    if (ear) return;
    const bool own = hearer.client.session_id == id;
    ear = std::make_shared<Ear>(hearer.sink, own);
    kernel.subscribe(ear, own ? hearer.client : ClientId{});
}

void SessionKernels::listen(const std::string& id, Session& session) {
    if (session.all) session.kernel->unsubscribe(session.all.get());
    session.all = sink_of_ ? std::make_shared<Ear>(sink_of_(id), true) : nullptr;
    if (session.all) session.kernel->subscribe(session.all);
}

void SessionKernels::subscribe(const std::shared_ptr<MessageSink>& sink, ClientId client) {
    const std::lock_guard lock(mutex_);
    Hearer& hearer = hearers_.emplace_back(Hearer{sink, std::move(client), {}});
    const auto own = sessions_.find(hearer.client.session_id);
    if (own != sessions_.end() && !own->second.kernel->dead()) join(hearer, own->first, *own->second.kernel);
}

void SessionKernels::unsubscribe(const MessageSink* sink) {
    const std::lock_guard lock(mutex_);
    const auto left =
        std::find_if(hearers_.begin(), hearers_.end(), [&](const auto& h) { return h.sink.get() == sink; });
    if (left == hearers_.end()) return;
    for (const auto& [id, ear] : left->ears) {
        if (const auto found = sessions_.find(id); found != sessions_.end())
            found->second.kernel->unsubscribe(ear.get());
    }
    hearers_.erase(left);
}

void SessionKernels::listen_to_all(SinkOfSession sink_of) {
    const std::lock_guard lock(mutex_);
    sink_of_ = std::move(sink_of);
    for (auto& [id, session] : sessions_) listen(id, session);
}

std::vector<SessionKernels::Living> SessionKernels::living() const {
    const std::lock_guard lock(mutex_);
    std::vector<Living> living;
    for (const auto& [id, session] : sessions_) {
        if (!session.kernel->dead()) living.push_back({id, session.kernel});
    }
    return living;
}

std::vector<SessionKernels::Living> SessionKernels::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        sink_of_ = {};
    }
    return living();
}

std::vector<SessionKernels::Living> SessionKernels::idle_for(std::chrono::nanoseconds time) const {
    const std::lock_guard lock(mutex_);
    std::vector<Living> idle;
    for (const auto& [id, session] : sessions_) {
        const Kernel& kernel = *session.kernel;
        if (kernel.dead() || kernel.busy() || clock_.steady_now() - session.last_heard < time) continue;
        if (clock_.system_now() - kernel.model().last_activity >= time) idle.push_back({id, session.kernel});
    }
    return idle;
}

bool SessionKernels::any_but(const protocol::ClientSessionId& session) const {
    const auto others = living();
    return std::any_of(others.begin(), others.end(), [&](const Living& each) { return each.session != session.str(); });
}

/// As a kernel would, had there been one: what is asked gets its reply, between busy and idle.
void SessionKernels::refuse(const protocol::Message& request, const Failure& why, MessageSink& origin) {
    const std::string id = request.header.session.str();
    const auto publish = [&](const char* state) {
        const std::string content = std::string(R"({"execution_state":")") + state + R"("})";
        const auto status =
            without_position(messages_.make(Channel::iopub, MsgType::status, request.header_json, content));
        if (sink_of_) sink_of_(id.substr(0, kSessionBytesMax))->deliver(status);
        for (const Hearer& each : hearers_) {
            if (each.client.session_id == id || each.sink.get() == &origin) each.sink->deliver(status);
        }
    };
    const MsgType type = request.header.msg_type;
    publish("busy");
    origin.deliver(without_position(messages_.make(request.channel, *protocol::reply_type(type), request.header_json,
                                                   protocol::error_content(type, "NoKernel", why.detail))));
    publish("idle");
}

}  // namespace corncob::tenants
