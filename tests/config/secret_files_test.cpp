// Tokens that are given as files.
#include "config/secret_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

TEST(SecretFiles, AreReadInThePlaceOfTheVariable) {
    const TemporaryFile token("s3cret\n");
    const TemporaryFile hubs("hub's own\r\n");
    const TemporaryFile scrapers(std::string(64, 'A') + "\n");
    const Environment environment{{"KG_AUTH_TOKEN_FILE", token.path()},
                                  {"JUPYTERHUB_API_TOKEN_FILE", hubs.path()},
                                  {"CORNCOB_METRICS_TOKEN_SHA256_FILE", scrapers.path()},
                                  {"JUPYTERHUB_API_URL", "http://hub:8081/hub/api"},
                                  {"JUPYTERHUB_SERVICE_NAME", "corncob"}};
    const auto config = loaded(load(std::nullopt, environment, {}));
    EXPECT_EQ(config.token, "s3cret");
    ASSERT_TRUE(config.hub);
    EXPECT_EQ(config.hub->api_token, "hub's own");
    EXPECT_EQ(config.metrics.token_sha256, std::string(64, 'a'));
}

TEST(SecretFiles, EverySecretMayBeGivenSo) {
    EXPECT_EQ(secret_variables(), (Lines{"JUPYTERHUB_API_TOKEN", "CORNCOB_METRICS_TOKEN_SHA256", "KG_AUTH_TOKEN"}));
}

TEST(SecretFiles, WhatCameByAFileIsNotToBeShown) {
    const TemporaryFile token("s3cret");
    EXPECT_TRUE(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", token.path()}}, {})).token_is_secret);
    EXPECT_FALSE(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", ""}, {"KG_AUTH_TOKEN", "x"}}, {})).token_is_secret);
}

TEST(SecretFiles, TheCommandLineWins) {
    const TemporaryFile token("of-the-file");
    const Environment environment{{"KG_AUTH_TOKEN_FILE", token.path()}};
    EXPECT_EQ(loaded(load(std::nullopt, environment, {{"--token", "flag"}})).token, "flag");
}

TEST(SecretFiles, TheyWinAgainstTheConfigurationsFile) {
    const TemporaryFile yaml("metrics: {token_sha256: " + std::string(64, '1') + "}\n");
    const TemporaryFile digest(std::string(64, '2'));
    const Environment environment{{"CORNCOB_METRICS_TOKEN_SHA256_FILE", digest.path()}};
    EXPECT_EQ(loaded(load(yaml.path(), {}, {})).metrics.token_sha256, std::string(64, '1'));
    EXPECT_EQ(loaded(load(yaml.path(), environment, {})).metrics.token_sha256, std::string(64, '2'));
}

TEST(SecretFiles, ATokenInThePlaceOfItsDigestIsNotShown) {
    const TemporaryFile token("s3cret");
    const Environment environment{{"CORNCOB_METRICS_TOKEN_SHA256_FILE", token.path()}};
    EXPECT_EQ(problems(load(std::nullopt, environment, {})),
              Lines{"CORNCOB_METRICS_TOKEN_SHA256: metrics.token_sha256: must be 64 hexadecimal digits, the SHA-256 of "
                    "the token"});
}

TEST(SecretFiles, AnEmptyVariableIsAnAbsentOne) {
    const TemporaryFile token("s3cret");
    EXPECT_EQ(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", token.path()}, {"KG_AUTH_TOKEN", ""}}, {})).token,
              "s3cret");
    EXPECT_FALSE(loaded(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", ""}}, {})).token);
}

TEST(SecretFiles, WhatIsWrongIsSaidAllAtOnceAndWithoutTheSecret) {
    const TemporaryFile empty("\n\n");
    EXPECT_EQ(
        problems(load(std::nullopt,
                      {{"KG_AUTH_TOKEN_FILE", "/nowhere/token"}, {"JUPYTERHUB_API_TOKEN_FILE", empty.path()}}, {})),
        (Lines{"JUPYTERHUB_API_TOKEN_FILE: " + empty.path() + " is empty",
               "KG_AUTH_TOKEN_FILE: /nowhere/token cannot be read: No such file or directory"}));
    const TemporaryFile large(std::string(5000, 'x'));
    EXPECT_EQ(problems(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", large.path()}}, {})),
              Lines{"KG_AUTH_TOKEN_FILE: " + large.path() + " is larger than 4096 bytes"});
    EXPECT_EQ(problems(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", "/"}}, {})),
              Lines{"KG_AUTH_TOKEN_FILE: / is a folder"});
    const TemporaryFile token("s3cret");
    EXPECT_EQ(problems(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", token.path()}, {"KG_AUTH_TOKEN", "x"}}, {})),
              Lines{"KG_AUTH_TOKEN_FILE: is set, and KG_AUTH_TOKEN too: give one of them"});
    const TemporaryFile bad("two words");
    for (const std::string& line : problems(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", bad.path()}}, {}))) {
        EXPECT_EQ(line.find("two words"), std::string::npos) << line;
    }
}

TEST(SecretFiles, AnUnreadableOneIsSaid) {
    const TemporaryFile token("s3cret");
    ASSERT_EQ(::chmod(token.path().c_str(), 0), 0);
    const auto found = problems(load(std::nullopt, {{"KG_AUTH_TOKEN_FILE", token.path()}}, {}));
    if (::geteuid() != 0) {  // root may read everything
        EXPECT_EQ(found, Lines{"KG_AUTH_TOKEN_FILE: " + token.path() + " cannot be read: Permission denied"});
    } else {
        EXPECT_EQ(found, Lines{});
    }
}

}  // namespace
}  // namespace corncob::config
