#include "server/websocket/outbox.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>

#include "protocol/wire/websocket_v1_codec.hpp"
#include "server/net/io_pool.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/gate.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;

protocol::wire::SharedMessage message_of(const std::string& id, std::size_t bytes = 0, std::uint64_t position = 0) {
    auto message = tests::request(protocol::MsgType::stream, id, {{"text", std::string(bytes, 'x')}});
    return std::make_shared<protocol::wire::EncodedMessage>(std::move(message), position);
}

/// An outbox on a thread of its own, connected to a plain blocking socket.
class OutboxTest : public testing::Test {
 protected:
    OutboxTest() : pool_(1), client_(client_context_) {
        TcpAcceptor acceptor(pool_.main(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        client_.connect(acceptor.local_endpoint());
        TcpSocket server(pool_.main());
        acceptor.accept(server);
        socket_.emplace(std::move(server));
        pool_.start();
    }
    ~OutboxTest() override {
        client_.close();
        if (outbox_) {
            asio::post(pool_.main(), [outbox = outbox_] { outbox->close(); });
        }
        pool_.finish();
        pool_.join();
    }
    Outbox& make(std::size_t bytes_max, WireForm form = WireForm::v1, std::chrono::milliseconds patience = 1h,
                 std::chrono::microseconds hold_back = 1ms) {
        outbox_ = std::make_shared<Outbox>(Stream(std::move(*socket_)), form,
                                           OutboxLimits{bytes_max, patience, hold_back}, [this] { relieved_.open(); });
        return *outbox_;
    }
    std::string read(std::size_t bytes) {
        std::string out(bytes, '\0');
        asio::read(client_, asio::buffer(out));
        return out;
    }
    static std::string frame_of(const protocol::wire::SharedMessage& message) {
        return websocket_frame_header(true, message->websocket_v1().size()) + message->websocket_v1();
    }
    /// Holds the outbox's thread until the gate opens, so that everything pushed meanwhile waits.
    std::shared_ptr<tests::Gate> hold() {
        auto gate = std::make_shared<tests::Gate>();
        asio::post(pool_.main(), [gate] { gate->pass(); });
        EXPECT_TRUE(gate->wait_arrived());
        return gate;
    }

    /// From the outbox's own thread, as a kernel does that is asked by its connection.
    void push_from_within(const protocol::wire::SharedMessage& message) {
        asio::post(pool_.main(), [outbox = outbox_, message] { outbox->push(message); });
        hold()->open();
    }

    IoPool pool_;
    asio::io_context client_context_;
    Tcp::socket client_;
    std::optional<TcpSocket> socket_;
    std::shared_ptr<Outbox> outbox_;
    tests::Gate relieved_;
};

protocol::wire::SharedMessage message_of(protocol::MsgType type, const nlohmann::json& content) {
    return std::make_shared<protocol::wire::EncodedMessage>(tests::request(type, "1", content), 0);
}

const auto kBusy = message_of(protocol::MsgType::status, {{"execution_state", "busy"}});
const auto kInput = message_of(protocol::MsgType::execute_input, {{"code", "1"}});
const auto kReply = message_of(protocol::MsgType::execute_reply, {{"status", "ok"}});
const auto kIdle = message_of(protocol::MsgType::status, {{"execution_state", "idle"}});

TEST(OutboxFrame, HeaderForEveryLength) {
    using namespace std::string_literals;
    EXPECT_EQ(websocket_frame_header(true, 0), "\x82\x00"s);
    EXPECT_EQ(websocket_frame_header(false, 125), "\x81\x7d"s);
    EXPECT_EQ(websocket_frame_header(true, 126), "\x82\x7e\x00\x7e"s);
    EXPECT_EQ(websocket_frame_header(true, 65535), "\x82\x7e\xff\xff"s);
    EXPECT_EQ(websocket_frame_header(true, 65536), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST_F(OutboxTest, KeepsTheOrderOfSmallAndLarge) {
    Outbox& outbox = make(64U << 20U);
    std::string expected;
    const auto gate = hold();
    for (int i = 0; i < 2000; ++i) {
        const auto message = message_of(std::to_string(i), i % 50 == 0 ? 100000 : 10);
        expected += frame_of(message);
        ASSERT_TRUE(outbox.push(message));
    }
    gate->open();
    EXPECT_TRUE(read(expected.size()) == expected);
}

TEST_F(OutboxTest, KeepsTheOrderOfEachThread) {
    Outbox& outbox = make(64U << 20U);
    constexpr int kEach = 2000;
    const auto push = [&](const std::string& name) {
        for (int i = 0; i < kEach; ++i) outbox.push(message_of(name + std::to_string(i)));
    };
    std::thread first(push, "a");
    std::thread second(push, "b");
    int next[2] = {0, 0};
    for (int i = 0; i < 2 * kEach; ++i) {
        const std::string head = read(4);
        ASSERT_EQ(head.substr(0, 2), "\x82\x7e");
        const auto message = protocol::wire::decode_websocket_v1(
            read(static_cast<unsigned char>(head[2]) * 256U + static_cast<unsigned char>(head[3])));
        ASSERT_TRUE(message);
        const std::string& id = message->header.msg_id.str();
        int& expected = next[id[0] == 'a' ? 0 : 1];
        ASSERT_EQ(id.substr(1), std::to_string(expected));
        ++expected;
    }
    first.join();
    second.join();
}

TEST_F(OutboxTest, WhatAShortCellMakesIsOneWrite) {
    Outbox& outbox = make(1U << 20U, WireForm::v1, 1h, 1h);
    std::atomic<int> writes = 0;
    outbox.call_after_writes([&] { ++writes; });
    for (int cell = 1; cell <= 3; ++cell) {
        push_from_within(kBusy);
        for (const auto& message : {kInput, kReply, kIdle}) outbox.push(message);
        const std::string expected = frame_of(kBusy) + frame_of(kInput) + frame_of(kReply) + frame_of(kIdle);
        EXPECT_TRUE(read(expected.size()) == expected);
        EXPECT_TRUE(tests::eventually([&] { return writes == cell; })) << writes;
    }
}

TEST_F(OutboxTest, WhatIsHeldBackDoesNotWaitForLong) {
    Outbox& outbox = make(1U << 20U);
    for (int cell = 0; cell < 20; ++cell) {
        push_from_within(kBusy);
        outbox.push(kInput);
        const std::string expected = frame_of(kBusy) + frame_of(kInput);
        EXPECT_TRUE(read(expected.size()) == expected) << "and nothing follows";
    }
}

TEST_F(OutboxTest, WhatComesFromElsewhereWhileNobodyWatchesIsWritten) {
    Outbox& outbox = make(1U << 20U, WireForm::v1, 1h, 1h);
    for (const auto& message : {kReply, kInput, kBusy}) {
        outbox.push(message);
        EXPECT_TRUE(read(frame_of(message).size()) == frame_of(message));
    }
}

TEST_F(OutboxTest, RawEntriesKeepTheirPlaceAndReportTheirBytes) {
    Outbox& outbox = make(1U << 20U);
    const auto before = message_of("before", 20000);
    const auto after = message_of("after");
    tests::Gate written;
    std::size_t bytes = 0;
    const auto gate = hold();
    outbox.push(before);
    outbox.push_raw("\x89\x02hi", [&](const ErrorCode& error, std::size_t count) {
        bytes = error ? 0 : count;
        written.open();
    });
    outbox.push(after);
    gate->open();
    const std::string expected = frame_of(before) + "\x89\x02hi" + frame_of(after);
    EXPECT_TRUE(read(expected.size()) == expected);
    ASSERT_TRUE(written.wait_open());
    EXPECT_EQ(bytes, 4U);
}

TEST_F(OutboxTest, NothingFollowsACloseFrame) {
    Outbox& outbox = make(1U << 20U);
    const std::string close_frame("\x88\x02\x03\xe8", 4);
    const auto gate = hold();
    EXPECT_TRUE(outbox.push(message_of("before")));
    outbox.push_raw(close_frame, [&outbox](const ErrorCode&, std::size_t) { outbox.close(); });
    EXPECT_FALSE(outbox.push(message_of("after")));
    gate->open();
    std::string all;
    ErrorCode error;
    asio::read(client_, asio::dynamic_buffer(all), error);
    EXPECT_TRUE(all == frame_of(message_of("before")) + close_frame);
}

TEST_F(OutboxTest, OverTheBoundTheClientIsDisconnected) {
    Outbox& outbox = make(10000);
    const auto gate = hold();
    ASSERT_TRUE(outbox.push(message_of("1", 4000)));
    ASSERT_TRUE(outbox.push(message_of("2", 4000)));
    EXPECT_FALSE(outbox.overflowed());
    EXPECT_FALSE(outbox.push(message_of("3", 4000)));
    EXPECT_TRUE(outbox.overflowed());
    EXPECT_FALSE(outbox.push(message_of("4")));
    gate->open();
    std::string all;
    ErrorCode error;
    asio::read(client_, asio::dynamic_buffer(all), error);
    EXPECT_TRUE(error);  // the connection has ended
    EXPECT_EQ(all, "");  // and no message was dropped out of the middle
}

TEST_F(OutboxTest, OneMessageMayBeLargerThanTheBound) {
    Outbox& outbox = make(1000);
    const auto message = message_of("large", 3000000);
    ASSERT_TRUE(outbox.push(message));
    const std::string expected = frame_of(message);
    EXPECT_TRUE(read(expected.size()) == expected);
}

TEST_F(OutboxTest, WrittenBytesNoLongerCount) {
    Outbox& outbox = make(10000);
    for (int i = 0; i < 100; ++i) {
        const auto message = message_of(std::to_string(i), 4000);
        ASSERT_TRUE(outbox.push(message)) << i;
        const std::string expected = frame_of(message);
        ASSERT_TRUE(read(expected.size()) == expected);
        // The bytes are here before the write's completion is; let that happen.
        hold()->open();
    }
}

TEST_F(OutboxTest, ClosedMeansClosed) {
    Outbox& outbox = make(10000);
    asio::post(pool_.main(), [&outbox] { outbox.close(); });
    hold()->open();
    EXPECT_FALSE(outbox.push(message_of("late")));
    tests::Gate told;
    outbox.push_raw("\x89\x00", [&](const ErrorCode& error, std::size_t) {
        if (error == asio::error::operation_aborted) told.open();
    });
    EXPECT_TRUE(told.wait_open());
    EXPECT_EQ(outbox.queued_bytes(), 0U);
}

TEST_F(OutboxTest, ConfirmsWhatTheClientHas) {
    Outbox& outbox = make(10000);
    EXPECT_EQ(outbox.confirmed(), 0U);
    tests::Gate written;
    outbox.call_after_writes([&] { written.open(); });
    outbox.push(message_of("1", 10, 41));
    outbox.push_raw("\x89\x02hi", [](const ErrorCode&, std::size_t) {});
    outbox.push(message_of("2", 10, 43));
    EXPECT_TRUE(tests::eventually([&] { return outbox.confirmed() == 43; })) << "read or not: it is there";
    EXPECT_TRUE(outbox.all_confirmed());
    EXPECT_TRUE(written.wait_open());
}

TEST_F(OutboxTest, DoesNotConfirmWhatTheClientHasNoRoomFor) {
    Outbox& outbox = make(64U << 20U);
    std::string expected;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        const auto message = message_of(std::to_string(i), i == 1 ? 10 : 100000, i);
        expected += frame_of(message);
        outbox.push(message);
    }
    EXPECT_TRUE(tests::eventually([&] { return outbox.confirmed() > 0; }));
    EXPECT_LT(outbox.confirmed(), 200U);
    EXPECT_FALSE(outbox.all_confirmed());
    EXPECT_TRUE(read(expected.size()) == expected);
    EXPECT_TRUE(tests::eventually([&] { return outbox.confirmed() == 200; }));
}

TEST_F(OutboxTest, KnowsAfterTheEndWhatWasConfirmed) {
    Outbox& outbox = make(1U << 20U);
    outbox.push(message_of("1", 10, 7));
    ASSERT_TRUE(tests::eventually([&] { return outbox.confirmed() == 7; }));
    client_.close();
    asio::post(pool_.main(), [&outbox] { outbox.close(); });
    hold()->open();
    EXPECT_FALSE(outbox.push(message_of("2", 10, 8)));
    EXPECT_EQ(outbox.confirmed(), 7U);
}

TEST_F(OutboxTest, LegacyFormHasTextFrames) {
    Outbox& outbox = make(10000, WireForm::legacy);
    const auto message = message_of("1");
    outbox.push(message);
    const std::string& text = message->websocket_legacy().bytes;
    const std::string expected = websocket_frame_header(false, text.size()) + text;
    EXPECT_EQ(read(expected.size()), expected);
}

TEST_F(OutboxTest, CongestedFromAnEighthOnUntilAPartIsWritten) {
    Outbox& outbox = make(800000);
    const auto gate = hold();
    std::string expected;
    for (int i = 0; i < 3; ++i) {
        const auto message = message_of(std::to_string(i), 45000);
        expected += frame_of(message);
        EXPECT_FALSE(outbox.congested()) << i;
        ASSERT_TRUE(outbox.push(message));
    }
    EXPECT_TRUE(outbox.congested());
    gate->open();
    EXPECT_TRUE(read(expected.size()) == expected);
    EXPECT_TRUE(relieved_.wait_open());
    EXPECT_FALSE(outbox.congested());
}

TEST_F(OutboxTest, WhoStaysCongestedIsDisconnected) {
    Outbox& outbox = make(64U << 20U, WireForm::v1, 50ms);
    // More than any socket takes, of a client that reads nothing.
    const auto gate = hold();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(outbox.push(message_of(std::to_string(i), 1000000)));
    EXPECT_TRUE(outbox.congested());
    gate->open();
    EXPECT_TRUE(relieved_.wait_open());
    hold()->open();
    EXPECT_TRUE(outbox.too_slow());
    EXPECT_FALSE(outbox.overflowed());
    EXPECT_FALSE(outbox.congested());
    EXPECT_FALSE(outbox.push(message_of("late")));
}

}  // namespace
}  // namespace corncob::server
