// A Host without Python: a test sees what was submitted and says what the kernel answers.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tenants/host.hpp"
#include "tenants/room.hpp"

namespace corncob::tests {

/// What one Host::start() made; a restart makes another. Thread-safe; events are told on the calling thread.
class FakeHostKernel {
 public:
    FakeHostKernel(tenants::HostedKernelSettings given, std::shared_ptr<tenants::HostEvents> events)
        : settings(std::move(given)), events_(std::move(events)) {}

    const tenants::HostedKernelSettings settings;
    bool spare_gone = false;  ///< by the time that it would be taken

    std::vector<tenants::SharedRequest> submitted() const {
        const std::lock_guard lock(mutex_);
        return submitted_;
    }
    /// Null if it was not submitted.
    tenants::SharedRequest request(const std::string& msg_id) const {
        for (const auto& each : submitted()) {
            if (each->message.header.msg_id.str() == msg_id) return each;
        }
        return nullptr;
    }
    std::size_t interrupts() const {
        const std::lock_guard lock(mutex_);
        return interrupts_;
    }
    /// What hold_output() was called with, in order.
    std::vector<bool> holds() const {
        const std::lock_guard lock(mutex_);
        return holds_;
    }
    bool stopped() const {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }
    bool prepared() const {
        const std::lock_guard lock(mutex_);
        return prepared_;
    }
    bool ended() const {
        const std::lock_guard lock(mutex_);
        return !events_;
    }

    void ready() {
        if (const auto ear = events()) ear->on_ready();
    }
    void output(const tenants::SharedRequest& parent, protocol::MsgType type, const nlohmann::json& content) {
        if (const auto ear = events()) ear->on_output(parent, tenants::Output{type, content.dump(), "{}", {}});
    }
    void print(const tenants::SharedRequest& parent, const std::string& text) {
        output(parent, protocol::MsgType::stream, {{"name", "stdout"}, {"text", text}});
    }
    void reply(const tenants::SharedRequest& request, const nlohmann::json& content = {{"status", "ok"}}) {
        if (const auto ear = events()) ear->on_reply(request, tenants::Reply{content.dump(), "{}", false, false});
    }
    void fail(const tenants::SharedRequest& request, bool abort_queue) {
        const nlohmann::json content = {{"status", "error"}, {"ename", "E"}, {"evalue", ""}, {"traceback", {}}};
        if (const auto ear = events()) ear->on_reply(request, tenants::Reply{content.dump(), "{}", true, abort_queue});
    }
    void ask_input(const tenants::SharedRequest& parent, const std::string& prompt) {
        if (const auto ear = events()) {
            ear->on_input_request(parent, nlohmann::json{{"prompt", prompt}, {"password", false}}.dump());
        }
    }
    void set_modes(const tenants::SharedRequest& caller, tenants::CellModes modes) {
        if (const auto ear = events()) ear->on_modes(caller, modes);
    }
    /// The last word; nothing that follows is heard.
    void end(tenants::EndReason reason = tenants::EndReason::stopped, const std::string& detail = {}) {
        std::shared_ptr<tenants::HostEvents> ear;
        {
            const std::lock_guard lock(mutex_);
            ear = std::exchange(events_, nullptr);
        }
        if (ear) ear->on_ended(reason, detail);
    }

    // Called by the kernel.
    void take(tenants::SharedRequest request) {
        const std::lock_guard lock(mutex_);
        submitted_.push_back(std::move(request));
    }
    bool prepare() {
        const std::lock_guard lock(mutex_);
        prepared_ = !spare_gone;
        return prepared_;
    }
    void note_interrupt() {
        const std::lock_guard lock(mutex_);
        ++interrupts_;
    }
    void note_hold(bool held) {
        const std::lock_guard lock(mutex_);
        holds_.push_back(held);
    }
    void note_stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }

 private:
    std::shared_ptr<tenants::HostEvents> events() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }
    mutable std::mutex mutex_;
    std::shared_ptr<tenants::HostEvents> events_;
    std::vector<tenants::SharedRequest> submitted_;
    std::vector<bool> holds_;
    std::size_t interrupts_ = 0;
    bool stopped_ = false;
    bool prepared_ = false;
};

/// Thread-safe.
class FakeHost final : public tenants::Host {
 public:
    std::unique_ptr<tenants::HostedKernel> start(tenants::HostedKernelSettings settings,
                                                 std::shared_ptr<tenants::HostEvents> events) override {
        const std::lock_guard lock(mutex_);
        started_.push_back(std::make_shared<FakeHostKernel>(std::move(settings), std::move(events)));
        started_.back()->spare_gone = spares_gone;
        return std::make_unique<Handle>(started_.back());
    }
    std::string language_version() const override { return "3.11.2"; }
    bool has_spare() const override { return spares; }
    tenants::Room* room() override { return bounds.get(); }

    bool spares = false;                      ///< set before the first kernel
    bool spares_gone = false;                 ///< ditto: there are some, until one is to be taken
    std::shared_ptr<tenants::Room> bounds{};  ///< null: there are none. Set before the first kernel

    /// In the order of their start; the ended ones too.
    std::vector<std::shared_ptr<FakeHostKernel>> started() const {
        const std::lock_guard lock(mutex_);
        return started_;
    }
    std::shared_ptr<FakeHostKernel> last() const {
        const std::lock_guard lock(mutex_);
        return started_.empty() ? nullptr : started_.back();
    }
    /// Says on_ended for each that was asked to stop.
    void end_stopped() {
        for (const auto& kernel : started()) {
            if (kernel->stopped()) kernel->end();
        }
    }

 private:
    class Handle final : public tenants::HostedKernel {
     public:
        explicit Handle(std::shared_ptr<FakeHostKernel> kernel) : kernel_(std::move(kernel)) {}
        bool prepare() override { return kernel_->prepare(); }
        void submit(tenants::SharedRequest request) override { kernel_->take(std::move(request)); }
        void interrupt() override { kernel_->note_interrupt(); }
        void hold_output(bool held) override { kernel_->note_hold(held); }
        void stop() override { kernel_->note_stop(); }

     private:
        const std::shared_ptr<FakeHostKernel> kernel_;
    };

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<FakeHostKernel>> started_;
};

}  // namespace corncob::tests
