#include "tenants/replay_ring.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/requests.hpp"

namespace corncob::tenants {
namespace {

using Positions = std::vector<std::uint64_t>;

protocol::wire::SharedMessage message_at(std::uint64_t position, std::size_t bytes = 0) {
    auto message = tests::request(protocol::MsgType::stream, "m", {{"text", std::string(bytes, 'x')}});
    return std::make_shared<protocol::wire::EncodedMessage>(std::move(message), position);
}
ReplayRing::Entry output(std::uint64_t position, std::size_t bytes = 0) {
    return {message_at(position, bytes), 0, false, false};
}
ReplayRing::Entry answer(std::uint64_t position) {
    return {message_at(position), 1, true, false};
}
ReplayRing::Entry status(std::uint64_t position, ClientNumber client) {
    return {message_at(position), client, false, true};
}
Positions positions(const ReplayRing& ring, std::uint64_t after = 0) {
    Positions found;
    for (const auto& each : ring.after(after)) found.push_back(each.position());
    return found;
}

TEST(ReplayRing, GivesWhatCameAfterAPositionInOrder) {
    ReplayRing ring(1U << 20U);
    ring.add(output(1));
    ring.add(answer(2));
    ring.add(status(4, 1));
    ring.add(output(5));
    ring.add(answer(9));
    EXPECT_EQ(positions(ring), (Positions{1, 2, 4, 5, 9}));
    EXPECT_EQ(positions(ring, 2), (Positions{4, 5, 9}));
    EXPECT_EQ(positions(ring, 3), (Positions{4, 5, 9}));
    EXPECT_EQ(positions(ring, 9), Positions{});
}

TEST(ReplayRing, CountsItsBytes) {
    ReplayRing ring(4000);
    ring.add(output(1, 2000));
    EXPECT_GT(ring.bytes(), 2000U);
    EXPECT_FALSE(ring.over());
    ring.add(answer(2));
    ring.add(output(3, 2000));
    EXPECT_TRUE(ring.over());
    ring.clear();
    EXPECT_EQ(ring.bytes(), 0U);
    EXPECT_EQ(positions(ring), Positions{});
}

TEST(ReplayRing, TrimsAsFarAsTheFirstThatIsNeeded) {
    ReplayRing ring(1U << 20U);
    for (std::uint64_t i = 1; i <= 4; ++i) ring.add(output(i));
    ring.trim([](const auto& each) { return each.position() == 3; });
    EXPECT_EQ(positions(ring), (Positions{3, 4}));
    ring.compact([](const auto& each) { return each.position() == 3; });
    EXPECT_EQ(positions(ring), Positions{3});
    ring.trim([](const auto&) { return false; });
    EXPECT_EQ(ring.bytes(), 0U);
}

TEST(ReplayRing, EvictsOutputsBeforeAnswersAndTheStatusesOfRequests) {
    ReplayRing ring(1U << 20U);
    ring.add(answer(1));
    ring.add(output(2));
    ring.add(status(3, 1));
    ring.add(status(4, 0));
    ring.add(output(5));
    Positions evicted;
    while (const auto entry = ring.evict()) evicted.push_back(entry->position());
    EXPECT_EQ(evicted, (Positions{2, 4, 5, 1, 3}));
    EXPECT_EQ(ring.bytes(), 0U);
}

TEST(ReplayRing, KnowsTheLastStatus) {
    ReplayRing ring(1U << 20U);
    EXPECT_EQ(ring.last_status(), 0U);
    ring.add(status(3, 0));
    ring.add(output(4));
    EXPECT_EQ(ring.last_status(), 3U);
}

}  // namespace
}  // namespace corncob::tenants
