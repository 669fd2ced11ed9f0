#include "protocol/wire/signature.hpp"

#include <cctype>
#include <thread>
#include <utility>

#include "protocol/limits.hpp"
#include "tests/protocol/sample.hpp"

namespace corncob::protocol::wire {
namespace {

constexpr SignedParts kParts{R"({"a":1})", "{}", "{}", R"({"code":"1"})"};
constexpr std::string_view kKey = "a0436f6c-1916-498b-8eb9-e81ab9368e84";
// By Python's hmac module, of the same key and parts.
constexpr std::string_view kSignature = "26f2285504d97447c58bb5f5be174db11fcfb55b0c0610557134bbd317cf6511";

TEST(Signer, SignsAsPythonDoes) {
    EXPECT_EQ(Signer(kKey).sign(kParts), kSignature);
    EXPECT_EQ(Signer("k").sign({}), "8bb990c40a7d61cb97597a942125025be50ac8beb74436e3735b98893a7f6620");
}

TEST(Signer, SignsOneMessageAfterTheOther) {
    const Signer signer(kKey);
    EXPECT_EQ(signer.sign(kParts), kSignature);
    EXPECT_EQ(signer.sign(kParts), kSignature);
    EXPECT_TRUE(signer.verify(kSignature, kParts));
}

TEST(Signer, MovesWithItsKey) {
    Signer first(kKey);
    Signer second("other");
    second = std::move(first);
    EXPECT_EQ(second.sign(kParts), kSignature);
}

TEST(Signer, KnowsAChangeOfAnyByte) {
    const Signer signer(kKey);
    for (std::size_t part = 0; part < kParts.size(); ++part) {
        for (std::size_t at = 0; at < kParts[part].size(); ++at) {
            std::string changed(kParts[part]);
            changed[at] = static_cast<char>(changed[at] ^ 1);
            SignedParts parts = kParts;
            parts[part] = changed;
            expect_failure(signer.verify(kSignature, parts), Errc::bad_signature, "does not fit");
        }
    }
    for (std::size_t at = 0; at < kSignature.size(); ++at) {
        std::string changed(kSignature);
        changed[at] = changed[at] == '0' ? '1' : '0';
        expect_failure(signer.verify(changed, kParts), Errc::bad_signature, "does not fit");
    }
}

TEST(Signer, TakesNoOtherSpellingOfASignature) {
    std::string upper(kSignature);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    expect_failure(Signer(kKey).verify(upper, kParts), Errc::bad_signature, "does not fit");
}

TEST(Signer, LooksAtTheLengthFirst) {
    const Signer signer(kKey);
    for (const std::size_t length : {0U, 1U, 63U}) {
        expect_failure(signer.verify(kSignature.substr(0, length), kParts), Errc::signature_length,
                       "has " + std::to_string(length) + " bytes, it must have 64");
    }
    expect_failure(signer.verify(std::string(kSignature) + "0", kParts), Errc::signature_length, "65");
    expect_failure(signer.verify(std::string(1 << 20U, 'a'), kParts), Errc::signature_length, "1048576");
}

TEST(Signer, AnEmptyKeySignsNothing) {
    const Signer signer("");
    EXPECT_FALSE(signer.signs());
    EXPECT_EQ(signer.sign(kParts), "");
    EXPECT_TRUE(signer.verify("", kParts));
    expect_failure(signer.verify(kSignature, kParts), Errc::signature_length, "it must have 0");
}

TEST(Signer, NeverShowsWhatIsRight) {
    const auto failed = Signer(kKey).verify(std::string(64, '0'), kParts);
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().detail.find(kKey), std::string::npos);
    EXPECT_EQ(failed.error().detail.find(kSignature.substr(0, 8)), std::string::npos);
}

TEST(Signer, ServesThreads) {
    const Signer signer(kKey);
    std::vector<int> wrong(4);
    {
        std::vector<std::jthread> threads;
        for (int& count : wrong) {
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) count += signer.sign(kParts) == kSignature ? 0 : 1;
            });
        }
    }
    EXPECT_EQ(wrong, std::vector<int>(4));
}

std::string signature_of(int number) {
    return Signer("k").sign({std::to_string(number), "", "", ""});
}

TEST(SeenSignatures, KnowsOneThatComesAgain) {
    SeenSignatures seen;
    EXPECT_TRUE(seen.add(signature_of(1)));
    EXPECT_TRUE(seen.add(signature_of(2)));
    EXPECT_FALSE(seen.add(signature_of(1)));
    EXPECT_FALSE(seen.add(signature_of(2)));
}

TEST(SeenSignatures, ForgetsTheOldestBeyondItsBound) {
    SeenSignatures seen(3);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(seen.add(signature_of(i)));
    EXPECT_EQ(seen.size(), 3U);
    for (int i = 7; i < 10; ++i) EXPECT_FALSE(seen.add(signature_of(i))) << i;
    EXPECT_TRUE(seen.add(signature_of(6)));
    EXPECT_TRUE(seen.add(signature_of(7))) << "the oldest of the three";
    EXPECT_FALSE(seen.add(signature_of(9)));
}

}  // namespace
}  // namespace corncob::protocol::wire
