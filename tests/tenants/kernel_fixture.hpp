// A Kernel on a FakeHost, with one client that is subscribed from the start.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tenants/kernel.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_host.hpp"
#include "tests/fakes/protocol_invariants.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {

class KernelFixture : public testing::Test {
 protected:
    static constexpr std::size_t kQueuedCellsMax = 3;
    static constexpr std::size_t kOutputBytesMax = 100000;

    void SetUp() override { make_kernel(true); }
    void make_kernel(bool comes_back) {
        kernel_ = std::make_shared<Kernel>(KernelIdentity{protocol::TenantId("ada"),
                                                          protocol::KernelId("k"),
                                                          Kernelspec{"python3", "", {}, "", {}},
                                                          {{"KEY", "value"}},
                                                          "/tmp",
                                                          comes_back},
                                           surroundings(), std::move(*limit_.take()));
        kernel_->subscribe(client_);
    }
    KernelSurroundings surroundings() {
        KernelSurroundings all{host_, clock_, observer_, kQueuedCellsMax, 1U << 20U, kOutputBytesMax};
        all.counts = &counts_;
        all.ask_connection = [](const std::shared_ptr<Kernel>& kernel, const TellConnection& tell) {
            tell("sockets of " + kernel->id().str());
        };
        return all;
    }
    void TearDown() override {
        kernel_->shutdown([] {});
        host_.end_stopped();
        EXPECT_EQ(tests::broken_invariants(client_->seen()), std::vector<std::string>());
        EXPECT_EQ(limit_.used(), 0U) << "the unit is given back";
        EXPECT_EQ(kernel_.use_count(), 1) << "nobody holds an ended kernel";
    }

    void send(protocol::Message message) { ASSERT_TRUE(kernel_->submit(std::move(message), client_)); }
    void run(const std::string& id) { send(tests::execute(id, "code")); }
    std::shared_ptr<tests::FakeHostKernel> python() const { return host_.last(); }
    SharedRequest request(const std::string& id) const {
        auto found = python() ? python()->request(id) : nullptr;
        EXPECT_TRUE(found) << id << " was not given to the host";
        return found;
    }
    bool at_host(const std::string& id) const { return python() && python()->request(id); }

    /// "busy a", "execute_reply a ok", "dead" ... of all that `sink` has seen.
    static std::vector<std::string> story(const tests::RecordingSink& sink) {
        std::vector<std::string> lines;
        for (const auto& each : sink.seen()) {
            std::string line = each.type == protocol::MsgType::status
                                   ? each.content["execution_state"].get<std::string>()
                                   : std::string(wire_name(each.type));
            if (!each.parent_msg_id.empty()) line += " " + each.parent_msg_id;
            if (each.content.contains("status")) line += " " + each.content["status"].get<std::string>();
            lines.push_back(line);
        }
        return lines;
    }
    std::vector<std::string> story() const { return story(*client_); }
    /// The only reply to `id`; null if there is none.
    nlohmann::json reply_to(const std::string& id) const {
        for (const auto& each : client_->seen()) {
            if (each.parent_msg_id == id && each.channel != protocol::Channel::iopub) return each.content;
        }
        return {};
    }

    tests::FakeHost host_;
    tests::FakeClock clock_;
    tests::RecordingObserver observer_;
    Limit limit_{"kernels_max", 1};
    ActivityCounts counts_;
    std::shared_ptr<tests::RecordingSink> client_ = std::make_shared<tests::RecordingSink>();
    std::shared_ptr<Kernel> kernel_;
};

using Story = std::vector<std::string>;

}  // namespace corncob::tenants
