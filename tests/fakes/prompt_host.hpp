// A Host that answers by itself, from a thread of its own as hosts do: every request gets its reply at once, but for a
// cell "block", which runs until it is interrupted or stopped; "echo TEXT" prints TEXT; "exit" ends the kernel by
// itself.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "tenants/host.hpp"

namespace corncob::tests {

/// Thread-safe. Outlives its kernels.
class PromptHost final : public tenants::Host {
 public:
    PromptHost() : thread_([this] { work(); }) {}
    ~PromptHost() override {
        post({});
        thread_.join();
    }
    std::unique_ptr<tenants::HostedKernel> start(tenants::HostedKernelSettings settings,
                                                 std::shared_ptr<tenants::HostEvents> events) override {
        const std::lock_guard lock(mutex_);
        last_settings_ = std::move(settings);
        return std::make_unique<Handle>(*this, std::move(events));
    }
    std::string language_version() const override { return "3.11.2"; }

    /// What the last start() was given.
    tenants::HostedKernelSettings last_settings() const {
        const std::lock_guard lock(mutex_);
        return last_settings_;
    }

 private:
    using Job = std::function<void()>;

    /// Used on the host's thread only.
    struct Running {
        std::shared_ptr<tenants::HostEvents> events;
        tenants::SharedRequest blocked = nullptr;
        bool ready = false;
        bool ended = false;

        void serve(const tenants::SharedRequest& request) {
            if (!std::exchange(ready, true)) events->on_ready();
            const auto content = nlohmann::json::parse(request->message.content_json);
            const std::string code = content.value("code", "");
            if (code == "block") {
                blocked = request;
                return;
            }
            if (code.starts_with("echo ")) {
                const nlohmann::json text{{"name", "stdout"}, {"text", code.substr(5)}};
                events->on_output(request, {protocol::MsgType::stream, text.dump(), "{}", {}});
            }
            events->on_reply(request, {R"({"status":"ok"})", "{}", false, false});
            if (code == "exit") end(tenants::EndReason::exited);
        }
        void end(tenants::EndReason reason) {
            if (!std::exchange(ended, true)) events->on_ended(reason, {});
        }
        void interrupt() {
            if (const auto request = std::exchange(blocked, nullptr)) {
                events->on_reply(request, {R"({"status":"error","ename":"KeyboardInterrupt"})", "{}", true, true});
            }
        }
    };

    class Handle final : public tenants::HostedKernel {
     public:
        Handle(PromptHost& host, std::shared_ptr<tenants::HostEvents> events)
            : host_(host), running_(std::make_shared<Running>(Running{std::move(events)})) {}
        void submit(tenants::SharedRequest request) override {
            host_.post([running = running_, request] { running->serve(request); });
        }
        void interrupt() override {
            host_.post([running = running_] { running->interrupt(); });
        }
        void hold_output(bool) override {}  // its cells are over by then
        void stop() override {
            host_.post([running = running_] {
                running->interrupt();
                running->end(tenants::EndReason::stopped);
            });
        }

     private:
        PromptHost& host_;
        const std::shared_ptr<Running> running_;
    };

    void post(Job job) {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        changed_.notify_one();
    }
    /// An empty job is the last one.
    void work() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !jobs_.empty(); });
            const Job job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            if (!job) return;
            job();
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    tenants::HostedKernelSettings last_settings_;
    std::thread thread_;
};

}  // namespace corncob::tests
