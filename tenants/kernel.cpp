#include "tenants/kernel.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "protocol/error_content.hpp"
#include "protocol/json_text.hpp"
#include "tenants/activity.hpp"
#include "tenants/kernel_incarnation.hpp"
#include "tenants/kernel_info.hpp"
#include "tenants/output_quota.hpp"

namespace corncob::tenants {

using protocol::Channel;
using protocol::MsgType;

namespace {

std::unique_ptr<SessionKernels> sessions_of(const KernelSurroundings& surroundings) {
    if (!surroundings.start_session) return nullptr;
    return std::make_unique<SessionKernels>(surroundings.start_session, surroundings.clock);
}

bool wants_restart(const protocol::Message& shutdown_request) {
    const auto content = nlohmann::json::parse(shutdown_request.content_json, nullptr, false);
    if (!content.is_object()) return false;
    const auto restart = content.find("restart");
    return restart != content.end() && restart->is_boolean() && restart->get<bool>();
}

}  // namespace

Kernel::Kernel(KernelIdentity identity, KernelSurroundings surroundings, QuotaUnit unit)
    : identity_(std::move(identity)),
      surroundings_(surroundings),
      kernel_info_(kernel_info_content(surroundings.host.language_version())),
      messages_(surroundings.clock),
      sessions_(sessions_of(surroundings)),
      unit_(std::move(unit)),
      last_activity_(surroundings.clock.system_now()),
      memory_(surroundings.memory),
      modes_(cell_modes(identity_.spec)),
      shells_(!modes_.concurrent),
      audience_(messages_, surroundings.replay_bytes_max, [this](std::size_t messages) {
          surroundings_.observer.messages_lost(identity_.tenant, "replay_bytes_max", messages);
      }) {}

Kernel::~Kernel() = default;

protocol::rest::KernelModel Kernel::model() const {
    protocol::rest::KernelModel model = own_model();
    if (!sessions_) return model;
    for (const auto& each : sessions_->living()) {
        const auto one = each.kernel->model();
        model.last_activity = std::max(model.last_activity, one.last_activity);
        if (one.execution_state == "busy") model.execution_state = one.execution_state;
    }
    return model;
}

protocol::rest::KernelModel Kernel::own_model() const {
    const std::lock_guard lock(mutex_);
    protocol::rest::KernelModel model;
    model.id = identity_.id;
    model.name = identity_.spec.name;
    model.last_activity = last_activity_;
    model.connections = audience_.connected();
    model.execution_state = dead_ ? "dead" : shells_.any_runs() ? "busy" : "idle";
    return model;
}

bool Kernel::dead() const {
    const std::lock_guard lock(mutex_);
    return dead_;
}

bool Kernel::crashed() const {
    const std::lock_guard lock(mutex_);
    return dead_ && crashed_;
}

bool Kernel::busy() const {
    if (sessions_) return model().execution_state == "busy";
    const std::lock_guard lock(mutex_);
    return shells_.any_runs();
}

bool Kernel::lives_on_without(const protocol::ClientSessionId& session) const {
    return sessions_ && sessions_->any_but(session);
}

Kernel::Figures Kernel::figures() const {
    const std::lock_guard lock(mutex_);
    const auto cells = shells_.counts();
    return {.busy = cells.running > 0,
            .modes = modes_,
            .replay_bytes = audience_.kept_bytes(),
            .memory_bytes = memory_.bytes(),
            .cells_running = cells.running,
            .cells_waiting = cells.waiting,
            .cells_done = cells_done_,
            .cells_failed = cells_failed_,
            .messages_received = received_,
            .messages_sent = sent_};
}

Result<void> Kernel::submit(protocol::Message message, const std::shared_ptr<MessageSink>& origin) {
    if (!protocol::is_from_client(message.header.msg_type)) {
        return Failure{Errc::not_a_request,
                       "a client must not send " + std::string(protocol::wire_name(message.header.msg_type))};
    }
    if (sessions_ && !dead()) return sessions_->submit(std::move(message), origin);
    const bool is_cell = message.header.msg_type == MsgType::execute_request;
    const RunMode run_mode = is_cell ? run_mode_of(message) : RunMode::usual;
    SharedRequest request;
    {
        const std::lock_guard lock(mutex_);
        request = std::make_shared<const Request>(
            Request{std::move(message), origin, audience_.number_of(origin.get()), run_mode});
        if (dead_) return Failure{Errc::kernel_is_dead, "Kernel is dead: " + identity_.id.str()};
        dispatch(request);
    }
    if (request->message.header.msg_type == MsgType::shutdown_request) {
        wants_restart(request->message) ? restart([] {}) : shutdown([] {});
    }
    return {};
}

void Kernel::dispatch(const SharedRequest& request) {
    const MsgType type = request->message.header.msg_type;
    count_message(received_);
    if (const auto& shell = request->message.header.subshell_id; !shells_.contains(shell)) {
        return refuse(request, "UnknownSubshellError", "there is no subshell " + protocol::quoted_excerpt(shell.str()));
    }
    if (!take_request(request)) return;
    comms_.note(type, request->message.content_json);
    switch (type) {
        case MsgType::execute_request:
            return enqueue_cell(request);
        case MsgType::complete_request:
        case MsgType::inspect_request:
        case MsgType::is_complete_request:
        case MsgType::history_request:
        case MsgType::comm_open:
        case MsgType::comm_msg:
        case MsgType::comm_close:
            publish_status(request, "busy");
            beside_.insert(request);
            return hand_to_host(request);
        case MsgType::create_subshell_request:
            return create_subshell(request);
        case MsgType::delete_subshell_request:
            return delete_subshell(request);
        case MsgType::list_subshell_request:
            return list_subshells(request);
        case MsgType::input_reply:
            if (!answers_question(*request)) return;  // too late, or another client's
            question_.reset();
            return hand_to_host(request);
        case MsgType::kernel_info_request:
            return answer(request, kernel_info_);
        case MsgType::comm_info_request:
            return answer(request, comms_.comm_info(request->message.content_json));
        case MsgType::connect_request:
            return answer(request, R"({"status":"ok"})");
        case MsgType::interrupt_request:
            interrupt_incarnation();
            return answer(request, R"({"status":"ok"})");
        case MsgType::shutdown_request:
            return answer(request, wants_restart(request->message) ? R"({"status":"ok","restart":true})"
                                                                   : R"({"status":"ok","restart":false})");
        default:
            return refuse(request, "NotImplementedError",
                          std::string(protocol::wire_name(type)) + " is not supported by this kernel");
    }
}

bool Kernel::answers_question(const Request& input_reply) const {
    if (!question_) return false;
    const Request& asking = *question_->parent;
    const protocol::Header& asked = asking.message.header;
    // A page that was loaded anew has another session, and is still the one that was asked.
    const bool same_client = input_reply.client != 0 && input_reply.client == asking.client;
    if (!same_client && input_reply.message.header.session != asked.session) return false;
    // Some clients name the input_request, some the cell, some nothing.
    const auto parent = protocol::parse_header(input_reply.message.parent_header_json);
    return !parent || parent->msg_id == question_->msg_id || parent->msg_id == asked.msg_id;
}

void Kernel::begin_incarnation() {
    incarnation_ = std::make_shared<Incarnation>(shared_from_this());
    const auto ask_connection = [kernel = weak_from_this()](TellConnection tell) {
        const auto asking = kernel.lock();
        if (!asking || !asking->surroundings_.ask_connection) return tell(R"({"error":"this kernel has no sockets"})");
        asking->surroundings_.ask_connection(asking, std::move(tell));
    };
    incarnation_->start(surroundings_.host, {identity_.tenant, identity_.id, identity_.spec, identity_.env,
                                             identity_.working_dir, surroundings_.threads_max, ask_connection});
    if (output_held_) incarnation_->hold_output(true);
}

void Kernel::prepare() {
    const std::lock_guard lock(mutex_);
    if (dead_ || sessions_ || incarnation_ || !surroundings_.host.has_spare()) return;
    begin_incarnation();
    incarnation_->prepare();
}

void Kernel::hand_to_host(const SharedRequest& request) {
    if (!incarnation_) begin_incarnation();
    incarnation_->submit(request);
}

void Kernel::abort_in_flight(const std::string& why) {
    std::vector<SharedRequest> in_flight(beside_.begin(), beside_.end());
    beside_.clear();
    for (SharedRequest& cell : shells_.running()) {
        end_cell(cell, false);
        in_flight.push_back(std::move(cell));
    }
    for (const SharedRequest& request : in_flight) {
        reply(request, protocol::error_content(request->message.header.msg_type, "KernelEnded", why));
        publish_status(request, "idle");
    }
    abort_cells(shells_.take_waiting());
}

void Kernel::answer(const SharedRequest& request, std::string content_json) {
    publish_status(request, "busy");
    reply(request, std::move(content_json));
    publish_status(request, "idle");
}

void Kernel::refuse(const SharedRequest& request, const std::string& ename, const std::string& why) {
    answer(request, protocol::error_content(request->message.header.msg_type, ename, why));
}

void Kernel::reply(const SharedRequest& request, std::string content_json, std::string metadata_json) {
    const auto type = protocol::reply_type(request->message.header.msg_type);
    if (!type) return;
    count_message(sent_);
    audience_.answer(messages_.make(request->message.channel, *type, request->message.header_json,
                                    std::move(content_json), std::move(metadata_json)),
                     request->client, request->origin);
}

void Kernel::publish(const SharedRequest& parent, MsgType type, std::string content_json, std::string metadata_json,
                     std::vector<std::string> buffers) {
    note_activity(type, parent);
    if (!audience_.listening()) return;
    count_message(sent_);
    static const std::string no_parent = "{}";
    const auto message = messages_.make(Channel::iopub, type, parent ? parent->message.header_json : no_parent,
                                        std::move(content_json), std::move(metadata_json), std::move(buffers));
    audience_.publish(message, parent ? parent->client : 0);
    hold_or_release();
}

void Kernel::publish_output(const SharedRequest& parent, Output output) {
    const std::size_t limit = surroundings_.output_bytes_max;
    const Admission admission = admit_output(limit, parent, output);
    if (admission == Admission::refused) return;
    if (admission != Admission::refused_at_last) {
        publish(parent, output.msg_type, std::move(output.content_json), std::move(output.metadata_json),
                std::move(output.buffers));
    }
    if (admission == Admission::whole) return;
    surroundings_.observer.limit_hit(identity_.tenant, "output_bytes_max");
    publish(parent, MsgType::stream, output_limit_notice(limit, identity_.tenant));
}

void Kernel::hold_or_release() {
    const bool congested = audience_.congested();
    if (std::exchange(output_held_, congested) != congested && incarnation_) incarnation_->hold_output(congested);
}

void Kernel::count_message(std::uint64_t& own) {
    ++own;
    if (surroundings_.counts) surroundings_.counts->messages.fetch_add(1, std::memory_order_relaxed);
}

/// As jupyter_server counts it, whether anybody listens or not.
void Kernel::note_activity(MsgType published, const SharedRequest& parent) {
    if (shells_.any_runs() || !parent || is_tracked(published) || is_tracked(parent->message.header.msg_type)) {
        last_activity_ = surroundings_.clock.system_now();
    }
}

void Kernel::publish_status(const SharedRequest& parent, const char* execution_state) {
    publish(parent, MsgType::status, std::string("{\"execution_state\":\"") + execution_state + "\"}");
}

void Kernel::subscribe(const std::shared_ptr<MessageSink>& sink, ClientId client) {
    if (sessions_) sessions_->subscribe(sink, std::exchange(client, {}));
    const std::lock_guard lock(mutex_);
    if (dead_) return sink->kernel_ended();
    audience_.join(sink, std::move(client));
}

void Kernel::unsubscribe(const MessageSink* sink) {
    if (sessions_) sessions_->unsubscribe(sink);
    const std::lock_guard lock(mutex_);
    audience_.leave(sink);
    hold_or_release();
}

void Kernel::for_each_session(void (Kernel::*what)()) {
    if (!sessions_) return;
    for (const auto& each : sessions_->living()) (each.kernel.get()->*what)();
}

void Kernel::release_confirmed() {
    for_each_session(&Kernel::release_confirmed);
    const std::lock_guard lock(mutex_);
    audience_.release_confirmed();
}

void Kernel::review_backlog() {
    for_each_session(&Kernel::review_backlog);
    const std::lock_guard lock(mutex_);
    hold_or_release();
}

}  // namespace corncob::tenants
