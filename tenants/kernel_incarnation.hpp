// One life of a kernel: the host kernel that runs its code and the ear for what it says. Private to Kernel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tenants/kernel.hpp"

namespace corncob::tenants {

/// Guarded by the kernel's mutex, but for the events, which come from the host's threads.
class Kernel::Incarnation final : public HostEvents, public std::enable_shared_from_this<Incarnation> {
 public:
    explicit Incarnation(std::shared_ptr<Kernel> kernel) : kernel_(std::move(kernel)) {}

    /// When its Python began to come: it was prepared, or the first request came. Not before.
    Clock::Steady asked_for() const { return *asked_for_; }
    void start(Host& host, HostedKernelSettings settings) {
        hosted_ = host.start(std::move(settings), shared_from_this());
    }
    void prepare() {
        if (hosted_->prepare()) asked_for_ = kernel_->surroundings_.clock.steady_now();
    }
    void submit(const SharedRequest& request) {
        if (!asked_for_) asked_for_ = kernel_->surroundings_.clock.steady_now();
        hosted_->submit(request);
    }
    void interrupt() { hosted_->interrupt(); }
    void hold_output(bool held) { hosted_->hold_output(held); }
    /// `done` is called when the host has said on_ended.
    void stop(Done done) {
        when_ended_.push_back(std::move(done));
        hosted_->stop();
    }
    std::vector<Done> take_when_ended() { return std::exchange(when_ended_, {}); }
    std::unique_ptr<HostedKernel> take_hosted() { return std::move(hosted_); }

    void on_ready() override { kernel_->on_ready(*this); }
    void on_output(const SharedRequest& parent, Output output) override {
        kernel_->on_output(*this, parent, std::move(output));
    }
    void on_reply(const SharedRequest& request, Reply reply) override {
        kernel_->on_reply(*this, request, std::move(reply));
    }
    void on_input_request(const SharedRequest& parent, std::string content_json) override {
        kernel_->on_input_request(*this, parent, std::move(content_json));
    }
    void on_modes(const SharedRequest& caller, CellModes modes) override { kernel_->on_modes(*this, caller, modes); }
    void on_limit_hit(const std::string& limit) override { kernel_->on_limit_hit(limit); }
    void on_cache_looked_up(bool hit) override {
        kernel_->surroundings_.observer.cache_looked_up(kernel_->identity_.tenant, hit);
    }
    void on_ended(EndReason reason, std::string detail) override { kernel_->on_ended(*this, reason, detail); }

 private:
    const std::shared_ptr<Kernel> kernel_;
    std::optional<Clock::Steady> asked_for_;
    std::unique_ptr<HostedKernel> hosted_;
    std::vector<Done> when_ended_;
};

}  // namespace corncob::tenants
