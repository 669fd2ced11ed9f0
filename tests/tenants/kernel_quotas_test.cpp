// What a kernel does about clients that ask too often, and cells that run too long.
#include <chrono>

#include "tests/fakes/eventually.hpp"
#include "tests/tenants/kernel_fixture.hpp"

namespace corncob::tenants {
namespace {

using namespace std::chrono_literals;
using protocol::Channel;
using protocol::MsgType;

class KernelQuotasTest : public KernelFixture {
 protected:
    void remake_kernel(std::size_t requests_per_second, std::chrono::milliseconds cell_time) {
        kernel_->shutdown([] {});
        kernel_.reset();
        rate_.emplace("requests_per_second_max", requests_per_second);
        KernelSurroundings surroundings{host_, clock_, observer_, kQueuedCellsMax};
        surroundings.requests = &*rate_;
        surroundings.timers = &timers_;
        surroundings.cell_time_max = cell_time;
        kernel_ = std::make_shared<Kernel>(
            KernelIdentity{
                protocol::TenantId("ada"), protocol::KernelId("k"), Kernelspec{"python3", "", {}, "", {}}, {}, {}},
            surroundings, std::move(*limit_.take()));
        client_ = std::make_shared<tests::RecordingSink>();
        kernel_->subscribe(client_);
    }
    std::size_t noted(const std::string& note) const {
        std::size_t found = 0;
        for (const auto& each : observer_.notes()) found += each == note ? 1 : 0;
        return found;
    }
    std::string text_of(const std::string& id) const {
        std::string text;
        for (const auto& each : client_->seen()) {
            if (each.type == MsgType::stream && each.parent_msg_id == id) text += each.content["text"];
        }
        return text;
    }

    std::optional<RateLimit> rate_;
    Housekeeper timers_;
};

TEST_F(KernelQuotasTest, WhoAsksTooOftenGetsAnErrorReply) {
    remake_kernel(2, 0ms);
    send(tests::request(MsgType::kernel_info_request, "a"));
    send(tests::request(MsgType::kernel_info_request, "b"));
    send(tests::request(MsgType::kernel_info_request, "c"));
    run("d");
    EXPECT_EQ(reply_to("b")["status"], "ok");
    for (const char* id : {"c", "d"}) {
        EXPECT_EQ(reply_to(id)["ename"], "TooManyRequests");
        EXPECT_EQ(reply_to(id)["evalue"], "requests_per_second_max is 2, and as many were made within the last second");
    }
    EXPECT_FALSE(at_host("d"));
    clock_.advance(1s);
    run("e");
    EXPECT_TRUE(at_host("e"));
}

TEST_F(KernelQuotasTest, ACommMessageIsNotLostInSilence) {
    remake_kernel(1, 0ms);
    send(tests::request(MsgType::kernel_info_request, "a"));
    send(tests::request(MsgType::comm_msg, "b"));
    EXPECT_EQ(text_of("b"),
              "comm_msg refused: requests_per_second_max is 1, and as many were made within the last second\n");
    EXPECT_EQ(story().back(), "idle b");
    EXPECT_FALSE(at_host("b"));
}

TEST_F(KernelQuotasTest, WhatEndsSomethingIsAlwaysLetThrough) {
    remake_kernel(1, 0ms);
    run("a");
    for (const char* id : {"i1", "i2"}) {
        send(tests::request(MsgType::interrupt_request, id, {}, Channel::control));
        EXPECT_EQ(reply_to(id)["status"], "ok");
    }
    EXPECT_EQ(python()->interrupts(), 2U);
    send(tests::request(MsgType::shutdown_request, "s", {}, Channel::control));
    EXPECT_EQ(reply_to("s")["status"], "ok");
}

TEST_F(KernelQuotasTest, ACellThatRunsTooLongIsToldAndInterrupted) {
    remake_kernel(0, 20ms);
    run("a");
    clock_.advance(20ms);
    EXPECT_TRUE(tests::eventually([this] { return python()->interrupts() == 1; }));
    EXPECT_NE(text_of("a").find("cell_seconds_max"), std::string::npos);
    EXPECT_EQ(noted("limit ada cell_seconds_max"), 1U);
    EXPECT_TRUE(tests::eventually([this] { return python()->interrupts() == 2; })) << "it goes on";
    EXPECT_EQ(noted("limit ada cell_seconds_max"), 1U) << "it is told once";
    python()->fail(request("a"), true);
    EXPECT_EQ(reply_to("a")["status"], "error");
    EXPECT_FALSE(kernel_->busy());
}

TEST_F(KernelQuotasTest, ACellThatEndsInTimeIsLeftAlone) {
    remake_kernel(0, 20ms);
    run("a");
    python()->reply(request("a"));
    run("b");
    clock_.advance(20ms);
    EXPECT_TRUE(tests::eventually([this] { return !text_of("b").empty(); }));
    EXPECT_EQ(text_of("a"), "");
    python()->reply(request("b"));
}

TEST_F(KernelQuotasTest, ACellThatDoesNotStopCostsItsKernel) {
    remake_kernel(0, 20ms);
    run("a");
    const auto first = python();
    clock_.advance(20ms + 10s);
    EXPECT_TRUE(tests::eventually([&] { return first->stopped(); }));
    EXPECT_EQ(reply_to("a")["ename"], "KernelEnded");
    EXPECT_NE(reply_to("a")["evalue"].get<std::string>().find("cell_seconds_max is 0"), std::string::npos);
    EXPECT_FALSE(kernel_->dead());
    run("b");
    EXPECT_TRUE(at_host("b")) << "it has begun anew";
    python()->reply(request("b"));
}

}  // namespace
}  // namespace corncob::tenants
