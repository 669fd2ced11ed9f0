#include "protocol/uuid.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <regex>
#include <set>
#include <thread>
#include <vector>

#include "protocol/limits.hpp"

namespace corncob::protocol {
namespace {

TEST(Uuid, IsVersion4) {
    const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    for (int i = 0; i < 100; ++i) {
        const std::string uuid = make_uuid();
        EXPECT_TRUE(std::regex_match(uuid, form)) << uuid;
        EXPECT_TRUE(is_kernel_id(uuid)) << uuid;
    }
}

TEST(Uuid, IsUniqueAcrossThreads) {
    constexpr int kThreads = 4;
    constexpr std::size_t kEach = 1000;
    std::set<std::string> seen;
    std::mutex mutex;
    std::latch start(kThreads);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                start.arrive_and_wait();
                std::set<std::string> own;
                while (own.size() < kEach) own.insert(make_uuid());
                const std::lock_guard lock(mutex);
                seen.merge(own);
            });
        }
    }
    EXPECT_EQ(seen.size(), kThreads * kEach);
}

TEST(Uuid, RandomHexHasTheLengthAskedFor) {
    EXPECT_EQ(random_hex(0), "");
    for (const std::size_t bytes : {1U, 16U, 64U, 65U, 1000U}) {
        const std::string text = random_hex(bytes);
        EXPECT_EQ(text.size(), 2 * bytes);
        EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
    }
    EXPECT_NE(random_hex(16), random_hex(16));
}

TEST(Uuid, KernelIdIsFiveGroupsOfWords) {
    for (const std::string_view text : {"a-b-c-d-e", "A_1-b-c-d-9", "5b2c7a90-0000-4000-8000-000000000000"}) {
        EXPECT_TRUE(is_kernel_id(text)) << text;
    }
    for (const std::string_view text : {"", "a", "----", "a-b-c-d", "a-b-c-d-", "-a-b-c-d", "a--b-c-d", "a-b-c-d-e-f",
                                        "a-b-c-d-e/", "a-b-c-d-.", "a-b-c-d-\xC3\xA4", "a-b-c-d-e\n", "a-b-c-d-%2e"}) {
        EXPECT_FALSE(is_kernel_id(text)) << text;
    }
    EXPECT_FALSE(is_kernel_id("a-b-c-d-" + std::string(kIdBytesMax, 'e')));
}

}  // namespace
}  // namespace corncob::protocol
