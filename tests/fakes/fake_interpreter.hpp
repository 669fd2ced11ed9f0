// An Interpreter in C++: its cells are a few words, so that hosts are tested without CPython.
//
//   echo TEXT    prints TEXT               block      waits until interrupted; ends in KeyboardInterrupt
//   exit         replies and ends          stubborn   waits at `stubborn`, whatever interrupts it; then prints "late"
//   crash        ends without a reply      input      asks for a line and prints it
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "tenants/interpreter/interpreter.hpp"
#include "tests/fakes/gate.hpp"

namespace corncob::tests {

/// Thread-safe. Holds at the gates that it is told to; a test opens them.
class FakeInterpreter : public tenants::interpreter::Interpreter {
 public:
    enum class Hold { nothing, start, language, idle };
    explicit FakeInterpreter(Hold hold = Hold::nothing) {
        if (hold != Hold::start) start.open();
        if (hold != Hold::language) language.open();
        if (hold != Hold::idle) idle.open();
    }

    std::atomic<bool> cannot_start = false;  ///< run() ends before it waits for a kernel
    Gate start;                              ///< passed by run() before it calls ready
    Gate language;                           ///< passed by every answer
    Gate stubborn;                           ///< passed by the cell of that name
    Gate idle;                               ///< passed by a kernel that has waited for mail; open unless held

    std::string language_version() const override { return "3.11.2"; }

    tenants::interpreter::KernelEnd run(tenants::interpreter::Assignment& assignment, bool) override {
        start.pass();
        ++starts_;
        if (cannot_start) return {tenants::EndReason::crashed, "no shell"};
        const auto port = assignment.wait();
        if (!port) return {};
        set_ready(port.get(), true);
        assignment.ready();
        Life life{*port, {}, {}};
        while (!life.ending && !port->closed()) serve(life);
        set_ready(port.get(), false);
        return life.ending.value_or(tenants::interpreter::KernelEnd{tenants::EndReason::stopped, {}});
    }

    std::optional<tenants::Reply> answer(const tenants::KernelPort& port,
                                         const tenants::SharedRequest& request) override {
        language.pass();
        const std::lock_guard lock(mutex_);
        if (!ready_.contains(&port)) {
            return tenants::Reply{R"({"status":"error","ename":"KernelEnded"})", "{}", true, false};
        }
        answered_.push_back(request->message.header.msg_id.str());
        if (tenants::runs_beside(*request)) return std::nullopt;
        return tenants::Reply{R"({"status":"ok","matches":[]})", "{}", false, false};
    }

    void interrupt(const std::shared_ptr<tenants::KernelPort>&) override { ++interrupts_; }

    void collect_garbage() override {
        const std::lock_guard lock(mutex_);
        ++collections_;
        changed_.notify_all();
    }

    std::size_t starts() const { return starts_; }
    std::size_t interrupts() const { return interrupts_; }
    std::deque<std::string> answered() const {
        const std::lock_guard lock(mutex_);
        return answered_;
    }
    std::size_t collections() const {
        const std::lock_guard lock(mutex_);
        return collections_;
    }
    bool wait_collection() const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kDeadline, [this] { return collections_ > 0; });
    }

 private:
    /// One kernel, on its own thread.
    struct Life {
        tenants::KernelPort& port;
        std::deque<tenants::SharedRequest> waiting;
        std::optional<tenants::interpreter::KernelEnd> ending;
    };

    void serve(Life& life) {
        if (life.waiting.empty()) {
            life.port.set_idle(true);
            for (auto& request : life.port.take(std::nullopt).requests) life.waiting.push_back(std::move(request));
            idle.pass();
            life.port.set_idle(false);
            return;
        }
        const tenants::SharedRequest request = std::move(life.waiting.front());
        life.waiting.pop_front();
        if (request->message.header.msg_type == protocol::MsgType::execute_request) {
            run_cell(life, request);
        } else {
            life.port.reply(request, {"{}", "{}", false, false});
        }
    }

    void run_cell(Life& life, const tenants::SharedRequest& request) {
        const std::string code = nlohmann::json::parse(request->message.content_json).value("code", "");
        tenants::OutputBuffer& outputs = life.port.outputs();
        if (code == "crash") {
            life.ending = {tenants::EndReason::crashed, "the cell crashed"};
            return;
        }
        if (code == "stubborn") {
            stubborn.pass();
            outputs.write(request, "stdout", "late");
        } else if (code == "block") {
            outputs.publish(request, {protocol::MsgType::execute_input, "{}", "{}", {}});
            while (!life.port.take_interrupt()) {
                for (auto& mail : life.port.take(std::nullopt).requests) life.waiting.push_back(std::move(mail));
            }
            return fail(life, request, "KeyboardInterrupt");
        } else if (code == "input") {
            const auto line = life.port.ask_input(request, R"({"prompt":"? ","password":false})", {});
            if (!line) return fail(life, request, "KeyboardInterrupt");
            outputs.write(request, "stdout", nlohmann::json::parse(*line).value("value", ""));
        } else if (code.starts_with("echo ")) {
            outputs.write(request, "stdout", code.substr(5));
        } else if (code == "exit") {
            life.ending = {tenants::EndReason::exited, "the cell asked to exit"};
        } else {
            return fail(life, request, "SyntaxError");
        }
        life.port.reply(request, {R"({"status":"ok"})", "{}", false, false});
    }

    static void fail(Life& life, const tenants::SharedRequest& request, const std::string& ename) {
        life.port.reply(request, {R"({"status":"error","ename":")" + ename + "\"}", "{}", true, true});
    }

    void set_ready(const tenants::KernelPort* port, bool ready) {
        const std::lock_guard lock(mutex_);
        if (ready) {
            ready_.insert(port);
        } else {
            ready_.erase(port);
        }
    }

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::set<const tenants::KernelPort*> ready_;
    std::deque<std::string> answered_;
    std::size_t collections_ = 0;
    std::atomic<std::size_t> starts_{0};
    std::atomic<std::size_t> interrupts_{0};
};

}  // namespace corncob::tests
