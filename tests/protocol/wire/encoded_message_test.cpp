#include "protocol/wire/encoded_message.hpp"

#include <latch>
#include <thread>

#include "protocol/wire/websocket_v1_codec.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol::wire {
namespace {

TEST(EncodedMessage, HoldsBothForms) {
    const EncodedMessage encoded(sample_message({"buffer"}));
    expect_same(encoded.message(), sample_message({"buffer"}));
    EXPECT_EQ(encoded.websocket_v1(), encode_websocket_v1(sample_message({"buffer"})));
    EXPECT_EQ(encoded.websocket_legacy().bytes, encode_websocket_legacy(sample_message({"buffer"})).bytes);
    EXPECT_TRUE(encoded.websocket_legacy().binary);
}

TEST(EncodedMessage, HasAPositionThatIsNotOnTheWire) {
    EXPECT_EQ(EncodedMessage(sample_message()).position(), 0U);
    const EncodedMessage third(sample_message(), 3);
    EXPECT_EQ(third.position(), 3U);
    EXPECT_EQ(third.websocket_v1(), encode_websocket_v1(sample_message()));
}

// A second encoding would be a second allocation: the bytes would move.
TEST(EncodedMessage, EncodesOnce) {
    const EncodedMessage encoded(sample_message());
    const char* v1 = encoded.websocket_v1().data();
    const char* legacy = encoded.websocket_legacy().bytes.data();
    EXPECT_EQ(encoded.websocket_v1().data(), v1);
    EXPECT_EQ(encoded.websocket_legacy().bytes.data(), legacy);
}

TEST(EncodedMessage, ThreadsSeeTheSameBytes) {
    constexpr std::size_t kThreads = 8;
    constexpr int kRounds = 50;
    const std::string want = encode_websocket_v1(sample_message({std::string(10'000, 'x')}));
    for (int round = 0; round < kRounds; ++round) {
        const EncodedMessage encoded(sample_message({std::string(10'000, 'x')}));
        std::vector<const char*> seen(kThreads);
        std::vector<char> equal(kThreads);
        std::latch start(kThreads);
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < kThreads; ++i) {
                threads.emplace_back([&, i] {
                    start.arrive_and_wait();
                    seen[i] = encoded.websocket_v1().data();
                    equal[i] = encoded.websocket_v1() == want && encoded.websocket_legacy().binary;
                });
            }
        }
        EXPECT_EQ(seen, std::vector<const char*>(kThreads, seen[0]));
        EXPECT_EQ(equal, std::vector<char>(kThreads, 1));
    }
}

}  // namespace
}  // namespace corncob::protocol::wire
