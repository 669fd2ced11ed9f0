// The cells of a kernel, from their queue to their end, and its subshells.
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/json_text.hpp"
#include "tenants/kernel.hpp"
#include "tenants/kernel_incarnation.hpp"

namespace corncob::tenants {

using protocol::MsgType;

namespace {

/// A field of the content that is text; empty if there is none.
std::string text_in(const protocol::Message& message, const char* field) {
    const auto content = nlohmann::json::parse(message.content_json, nullptr, false);
    if (!content.is_object() || !content.contains(field) || !content[field].is_string()) return {};
    return content[field];
}

}  // namespace

void Kernel::enqueue_cell(const SharedRequest& request) {
    if (draining_) return refuse(request, "Draining", "the server is shutting down and takes no new cells");
    const std::size_t limit = surroundings_.queued_cells_max;
    if (limit != 0 && shells_.any_runs() && shells_.backlog() >= limit) {
        surroundings_.observer.request_refused(identity_.tenant, "queued_cells_max");
        return refuse(
            request, "QueueFull",
            "queued_cells_max is " + std::to_string(limit) + ", and as many cells wait, or run beside another");
    }
    shells_.add(request, surroundings_.clock.steady_now());
    begin_cells();
}

void Kernel::begin_cells() {
    while (const SharedRequest cell = shells_.begin_next(surroundings_.clock.steady_now())) {
        memory_.set_running(true);
        publish_status(cell, "busy");
        hand_to_host(cell);
        watch_time();
    }
}

void Kernel::finish_cell(const SharedRequest& request, bool failed, bool abort_queue) {
    if (!end_cell(request, !failed)) return;
    if (abort_queue) abort_cells(shells_.take_waiting_with(request));
    begin_cells();
}

bool Kernel::end_cell(const SharedRequest& request, bool ok) {
    const auto times = shells_.finish(request);
    if (!times) return false;
    if (!shells_.any_runs()) memory_.set_running(false);
    ++cells_done_;
    if (surroundings_.counts) surroundings_.counts->cells.fetch_add(1, std::memory_order_relaxed);
    if (!ok) ++cells_failed_;
    const auto now = surroundings_.clock.steady_now();
    surroundings_.observer.cell_done(identity_.tenant, times->started_at - times->queued_at, now - times->started_at,
                                     ok);
    if (const auto asked = std::exchange(interrupt_asked_, std::nullopt)) {
        surroundings_.observer.interrupt_done(identity_.tenant, now - *asked);
    }
    return true;
}

void Kernel::abort_cells(const std::vector<SharedRequest>& cells) {
    if (!cells.empty()) surroundings_.observer.cells_aborted(identity_.tenant, cells.size());
    for (const SharedRequest& cell : cells) {
        publish_status(cell, "busy");
        reply(cell, R"({"status":"aborted"})", R"({"status":"aborted"})");
        publish_status(cell, "idle");
    }
}

void Kernel::create_subshell(const SharedRequest& request) {
    const std::size_t limit = surroundings_.subshells_max;
    auto id = shells_.create(request->origin, limit);
    if (const auto orphan = id ? std::nullopt : shells_.remove_orphan()) {
        end_subshell(*orphan);
        id = shells_.create(request->origin, limit);
    }
    if (!id) {
        surroundings_.observer.request_refused(identity_.tenant, "subshells_max");
        return refuse(request, "TooManySubshells",
                      "subshells_max is " + std::to_string(limit) + ", and this kernel has as many");
    }
    answer(request, nlohmann::json{{"status", "ok"}, {"subshell_id", id->str()}}.dump());
}

void Kernel::delete_subshell(const SharedRequest& request) {
    const std::string id = text_in(request->message, "subshell_id");
    const auto waiting = shells_.remove(protocol::SubshellId(id));
    if (!waiting) {
        return refuse(request, "UnknownSubshellError", "there is no subshell " + protocol::quoted_excerpt(id));
    }
    abort_cells(*waiting);
    end_subshell(protocol::SubshellId(id));
    answer(request, R"({"status":"ok"})");
}

void Kernel::end_subshell(const protocol::SubshellId& id) {
    if (!incarnation_) return;
    protocol::Message message;
    message.header.msg_type = MsgType::delete_subshell_request;
    message.content_json = nlohmann::json{{"subshell_id", id.str()}}.dump();
    incarnation_->submit(std::make_shared<const Request>(Request{std::move(message), {}}));
}

void Kernel::list_subshells(const SharedRequest& request) {
    nlohmann::json ids = nlohmann::json::array();
    for (const protocol::SubshellId& id : shells_.subshells()) ids.push_back(id.str());
    answer(request, nlohmann::json{{"status", "ok"}, {"subshell_id", std::move(ids)}}.dump());
}

}  // namespace corncob::tenants
