// Sessions of browsers as requests show them; the whole way is in status_page_test.cpp and hub_login_test.cpp.
#include "server/http/browser_login.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

class BrowserLoginTest : public testing::Test {
 protected:
    Request request(http::verb method = http::verb::get, const std::string& host = "a:1") const {
        Request made(method, "/", 11);
        made.set(http::field::host, host);
        for (const std::string& cookie : jar_) made.insert(http::field::cookie, cookie);
        return made;
    }
    static RequestScope scope_of(const Request& request) { return {request, "c1r1", "127.0.0.1", "/"}; }
    /// Logs in at `host`; the cookie is kept. What its pages show.
    std::string open(const std::string& host, const std::string& token) {
        const Request asked = request(http::verb::post, host);
        Response response;
        std::string xsrf = browsers_.open(scope_of(asked), token, response);
        const std::string cookie = response.headers.at(0).second;
        jar_.push_back(cookie.substr(0, cookie.find(';')));
        return xsrf;
    }

    tests::FakeClock clock_;
    BrowserLogin browsers_{"/", "", false, clock_};
    std::vector<std::string> jar_;
};

TEST_F(BrowserLoginTest, DaemonsOfOneHostDoNotMeet) {
    const std::string first = open("a:1", "of-ada");
    const std::string second = open("a:2", "of-bob");
    open("a", "of-carol");
    const auto token_at = [&](const std::string& host) {
        const Request asked = request(http::verb::get, host);
        return browsers_.session_of(scope_of(asked)).token;
    };
    EXPECT_EQ(token_at("a:1"), "of-ada");
    EXPECT_EQ(token_at("a:2"), "of-bob");
    EXPECT_EQ(token_at("a"), "of-carol");
    EXPECT_EQ(token_at("a:3"), "");
    EXPECT_NE(first, second);
}

TEST_F(BrowserLoginTest, OnlyAPageThatIsShownNeedsNoProof) {
    const std::string xsrf = open("a:1", "of-ada");
    const Request shown = request();
    EXPECT_EQ(browsers_.session_of(scope_of(shown)).xsrf, xsrf);
    EXPECT_FALSE(browsers_.session_of(scope_of(shown)).refusal);
    Request fetched = request();
    fetched.set("Sec-Fetch-Mode", "cors");
    EXPECT_TRUE(browsers_.session_of(scope_of(fetched)).refusal);
    fetched.set("X-XSRFToken", xsrf);
    EXPECT_FALSE(browsers_.session_of(scope_of(fetched)).refusal);
    Request changes = request(http::verb::delete_);
    EXPECT_TRUE(browsers_.session_of(scope_of(changes)).refusal);
    changes.set("X-XSRFToken", xsrf + "0");
    EXPECT_TRUE(browsers_.session_of(scope_of(changes)).refusal);
}

TEST_F(BrowserLoginTest, CookiesAreForTlsWhereThereIsAny) {
    const Request asked = request();
    RequestScope scope = scope_of(asked);
    EXPECT_FALSE(browsers_.cookie(scope, "a", "b", {}).secure);
    scope.is_tls = true;
    EXPECT_TRUE(browsers_.cookie(scope, "a", "b", {}).secure);
    const BrowserLogin always("/", "", true, clock_);
    EXPECT_TRUE(always.cookie(scope_of(asked), "a", "b", {}).secure);
}

TEST_F(BrowserLoginTest, AClosedSessionIsNone) {
    open("a:1", "of-ada");
    const Request asked = request();
    Response response;
    browsers_.close(scope_of(asked), response);
    EXPECT_EQ(response.headers.at(0).second, "corncob-1=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
    EXPECT_EQ(browsers_.session_of(scope_of(asked)).token, "");
}

TEST(BrowserRequests, SayWhatTheyAreFor) {
    Request request(http::verb::get, "/", 11);
    EXPECT_TRUE(navigates(request));
    EXPECT_FALSE(asks_for_a_page(request));
    request.set("Accept", "text/html,*/*");
    EXPECT_TRUE(asks_for_a_page(request));
    EXPECT_FALSE(comes_from_elsewhere(request));
    request.set("Sec-Fetch-Mode", "no-cors");
    EXPECT_FALSE(navigates(request));
    for (const char* site : {"none", "same-origin"}) {
        request.set("Sec-Fetch-Site", site);
        EXPECT_FALSE(comes_from_elsewhere(request));
    }
    request.set("Sec-Fetch-Site", "same-site");
    EXPECT_TRUE(comes_from_elsewhere(request));
}

}  // namespace
}  // namespace corncob::server
