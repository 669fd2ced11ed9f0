#include "server/auth/browser_sessions.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

class BrowserSessionsTest : public testing::Test {
 protected:
    tests::FakeClock clock_;
    BrowserSessions sessions_{clock_};
};

TEST_F(BrowserSessionsTest, ACookieStandsForAToken) {
    const std::string ada = sessions_.open("of-ada");
    const std::string bob = sessions_.open("of-bob");
    EXPECT_NE(ada, bob);
    EXPECT_EQ(ada.find("of-ada"), std::string::npos);
    EXPECT_EQ(sessions_.token_of(ada), "of-ada");
    EXPECT_EQ(sessions_.token_of(bob), "of-bob");
    clock_.advance(kBrowserSessionLifetime - std::chrono::seconds(1));
    EXPECT_TRUE(sessions_.token_of(ada));
    clock_.advance(std::chrono::seconds(1));
    EXPECT_FALSE(sessions_.token_of(ada));
}

TEST_F(BrowserSessionsTest, WhatWasNotMadeHereIsNothing) {
    const std::string cookie = sessions_.open("of-ada");
    std::string changed = cookie;
    changed[0] = changed[0] == '0' ? '1' : '0';
    BrowserSessions other(clock_);
    for (const std::string& forged :
         {std::string(), std::string("."), changed, cookie.substr(0, cookie.size() - 1), cookie + "0",
          cookie.substr(0, cookie.find('.')), other.open("of-ada"), sessions_.name_browser()}) {
        EXPECT_FALSE(sessions_.token_of(forged)) << forged;
    }
}

TEST_F(BrowserSessionsTest, WhatIsClosedIsNothing) {
    const std::string ada = sessions_.open("of-ada");
    const std::string again = sessions_.open("of-ada");
    sessions_.close(ada);
    sessions_.close("forged");
    EXPECT_FALSE(sessions_.token_of(ada));
    EXPECT_TRUE(sessions_.token_of(again));
}

TEST_F(BrowserSessionsTest, EachSessionHasItsOwnProof) {
    const std::string ada = sessions_.open("of-ada");
    const std::string bob = sessions_.open("of-bob");
    EXPECT_TRUE(sessions_.is_xsrf_of(ada, sessions_.xsrf_of(ada)));
    EXPECT_FALSE(sessions_.is_xsrf_of(ada, sessions_.xsrf_of(bob)));
    EXPECT_FALSE(sessions_.is_xsrf_of(ada, ""));
    EXPECT_FALSE(sessions_.is_xsrf_of(ada, ada));
}

TEST_F(BrowserSessionsTest, ALoginIsFinishedOnceAndByItsOwnBrowser) {
    const std::string browser = sessions_.name_browser();
    EXPECT_TRUE(sessions_.is_browser(browser));
    EXPECT_FALSE(sessions_.is_browser("x.y"));
    const std::string first = sessions_.begin_login(browser, {"verifier", "/a"});
    const std::string second = sessions_.begin_login(browser, {"another", "/b"});
    EXPECT_FALSE(sessions_.finish_login(sessions_.name_browser(), first));
    EXPECT_FALSE(sessions_.finish_login("", first));
    const auto login = sessions_.finish_login(browser, first);
    ASSERT_TRUE(login);
    EXPECT_EQ(login->verifier, "verifier");
    EXPECT_EQ(login->next, "/a");
    EXPECT_FALSE(sessions_.finish_login(browser, first));
    clock_.advance(kPendingLoginLifetime);
    EXPECT_FALSE(sessions_.finish_login(browser, second));
}

TEST_F(BrowserSessionsTest, LoginsAreBounded) {
    const std::string first = sessions_.begin_login("b", {});
    for (std::size_t i = 0; i < kPendingLoginsMax; ++i) sessions_.begin_login("b", {});
    EXPECT_FALSE(sessions_.finish_login("b", first));
}

TEST(Pkce, TheExampleOfItsRfc) {
    EXPECT_EQ(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    EXPECT_GE(make_pkce_verifier().size(), 43U);
    EXPECT_NE(make_pkce_verifier(), make_pkce_verifier());
}

}  // namespace
}  // namespace corncob::server
