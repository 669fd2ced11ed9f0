// A browser's way to the Hub and back, against the whole daemon and a Hub that a test leads.
#include "server/http/hub_login.hpp"

#include <map>

#include <gtest/gtest.h>

#include "tests/fakes/browser.hpp"
#include "tests/fakes/fake_hub.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;
using tests::FakeHub;
using tests::RawClient;
using tests::RunningGateway;
using tests::values_of;
using Headers = tests::Browser::Headers;

constexpr const char* kBase = "/services/corncob/";

std::string only(const std::vector<std::string>& values) {
    EXPECT_EQ(values.size(), 1U);
    return values.empty() ? "" : values[0];
}

/// Keeps cookies and follows where it is sent, as far as these tests need.
class LoginTest : public testing::Test {
 protected:
    LoginTest() {
        hub_.let_in("of-ada", "ada");
        hub_.answer_by([this](const FakeHub::Request& request) { return hub_answer(request); });
    }

    FakeHub::Answer hub_answer(const FakeHub::Request& request) {
        if (request.target() != "/hub/api/oauth2/token") return hub_.user_of(request);
        form_ = Query(request.body());
        if (form_.get("code") != "code-of-ada") return {400, R"({"error": "invalid_grant"})"};
        return {200, R"({"access_token": "of-ada", "token_type": "Bearer"})"};
    }

    std::string ask(const std::string& method, const std::string& target, const Headers& headers = {}) {
        return browser_.ask(method, target, headers);
    }
    std::string visit(const std::string& target) { return browser_.visit(target); }
    static unsigned status(const std::string& response) { return RunningGateway::status(response); }
    /// The query with which the Hub is called.
    static Query question(const std::string& response) {
        const std::string location = only(values_of(response, "Location"));
        EXPECT_TRUE(location.starts_with("/hub/api/oauth2/authorize?")) << location;
        return Query(location.substr(location.find('?') + 1));
    }
    std::string come_back(const std::string& state, const std::string& code = "code-of-ada") {
        return visit(std::string(kBase) + "oauth_callback?code=" + code + "&state=" + state);
    }
    void log_in() {
        const std::string invited = visit(kBase);
        EXPECT_EQ(status(come_back(question(invited).get("state").value_or(""))), 302U);
    }

    FakeHub hub_;
    Query form_;
    RunningGateway gateway_{[this](config::GatewayConfig& config) {
        config.hub = hub_.config();
        config.server.base_url = kBase;
        config.auth.jupyterhub.cache_seconds = 0;
        config.token.reset();
    }};
    tests::Browser browser_{gateway_, "hub.example.com"};
    std::map<std::string, std::string>& cookies_ = browser_.cookies;
};

TEST_F(LoginTest, ABrowserGoesToTheHubAndComesBackWithACookie) {
    const std::string invited = visit(std::string(kBase) + "?a=b");
    ASSERT_EQ(status(invited), 302U) << invited;
    const Query asked = question(invited);
    EXPECT_EQ(asked.get("client_id"), "service-corncob");
    EXPECT_EQ(asked.get("response_type"), "code");
    EXPECT_EQ(asked.get("redirect_uri"), "/services/corncob/oauth_callback");
    EXPECT_EQ(asked.get("code_challenge_method"), "S256");
    const std::string state_cookie = only(values_of(invited, "Set-Cookie"));
    EXPECT_TRUE(state_cookie.ends_with("; Path=/services/corncob/; Max-Age=600; SameSite=Lax; HttpOnly"))
        << state_cookie;

    const std::string back = come_back(asked.get("state").value());
    ASSERT_EQ(status(back), 302U) << back;
    EXPECT_EQ(only(values_of(back, "Location")), "/services/corncob/?a=b");
    EXPECT_EQ(form_.get("client_id"), "service-corncob");
    EXPECT_EQ(form_.get("client_secret"), "the service's own");
    EXPECT_EQ(form_.get("grant_type"), "authorization_code");
    EXPECT_EQ(form_.get("redirect_uri"), "/services/corncob/oauth_callback");
    EXPECT_EQ(pkce_challenge(form_.get("code_verifier").value_or("")), asked.get("code_challenge"));
    const auto set = values_of(back, "Set-Cookie");
    ASSERT_EQ(set.size(), 3U);
    EXPECT_TRUE(set[0].starts_with("service-corncob=") && set[0].ends_with("; SameSite=Lax; HttpOnly")) << set[0];
    EXPECT_TRUE(set[1].starts_with("_xsrf=") && set[1].ends_with("; SameSite=Lax")) << set[1];
    EXPECT_EQ(set[2], "service-corncob-oauth-state=; Path=/services/corncob/; Max-Age=0; SameSite=Lax; HttpOnly");

    const std::string page = visit(kBase);
    EXPECT_EQ(status(page), 200U);
    EXPECT_NE(page.find("<meta name=\"corncob-xsrf\" content=\"" + cookies_["_xsrf"] + "\">"), std::string::npos)
        << page;
}

TEST_F(LoginTest, CookiesAreForHttpsWhereTheBrowserSpeaksIt) {
    const std::string invited = ask("GET", kBase, {{"Accept", "text/html"}, {"X-Forwarded-Proto", "https,http"}});
    EXPECT_TRUE(only(values_of(invited, "Set-Cookie")).ends_with("; Secure"));
}

TEST_F(LoginTest, OnlyPagesAreSentToTheHub) {
    const std::string kernels = std::string(kBase) + "api/kernels";
    EXPECT_EQ(status(ask("GET", kernels)), 403U);
    EXPECT_EQ(status(ask("GET", kernels, {{"Accept", "application/json"}})), 403U);
    EXPECT_EQ(status(ask("POST", kernels, {{"Accept", "text/html"}})), 403U);
    EXPECT_EQ(status(ask("GET", kernels, {{"Accept", "text/html"}, {"Sec-Fetch-Mode", "cors"}})), 403U);
    EXPECT_EQ(status(ask("GET", kBase, {{"Accept", "text/html"}, {"Authorization", "token wrong"}})), 403U);
    EXPECT_EQ(status(ask("GET", kBase, {{"Accept", "text/html"}, {"Authorization", "token of-ada"}})), 200U);
}

TEST_F(LoginTest, WithoutItsSlashTheBaseUrlIsTheBaseUrl) {
    const std::string invited = visit("/services/corncob");
    const std::string back = come_back(question(invited).get("state").value());
    EXPECT_EQ(only(values_of(back, "Location")), kBase);
}

TEST_F(LoginTest, AnotherBrowsersLoginIsRefused) {
    const std::string state = question(visit(kBase)).get("state").value();
    const auto own = std::exchange(cookies_, {});
    EXPECT_EQ(status(come_back(state)), 403U);
    cookies_ = {{"service-corncob-oauth-state", "x.y"}};
    EXPECT_EQ(status(come_back(state)), 403U);
    cookies_ = own;
    EXPECT_EQ(status(come_back("0123")), 403U);
    EXPECT_EQ(status(come_back(state)), 302U);
    cookies_ = own;
    EXPECT_EQ(status(come_back(state)), 403U) << "used twice";
}

TEST_F(LoginTest, TwoTabsMayLogInAtOnce) {
    const std::string first = question(visit(kBase)).get("state").value();
    const std::string second = question(visit(std::string(kBase) + "?second")).get("state").value();
    const auto before = cookies_;
    EXPECT_EQ(status(come_back(first)), 302U);
    cookies_ = before;
    EXPECT_EQ(only(values_of(come_back(second), "Location")), std::string(kBase) + "?second");
}

TEST_F(LoginTest, WhatTheHubRefusesIsRefused) {
    const std::string state = question(visit(kBase)).get("state").value();
    EXPECT_EQ(status(come_back(state, "another")), 403U);
    const std::string denied = visit(std::string(kBase) + "oauth_callback?error=access_denied");
    EXPECT_EQ(status(denied), 403U);
    EXPECT_NE(denied.find("access_denied"), std::string::npos);
    EXPECT_EQ(status(visit(std::string(kBase) + "oauth_callback?code=x")), 400U);
    EXPECT_EQ(status(visit(std::string(kBase) + "oauth_callback")), 400U);
    EXPECT_FALSE(cookies_.contains("service-corncob"));
}

TEST_F(LoginTest, AHubThatIsDownIsNoRefusal) {
    const std::string state = question(visit(kBase)).get("state").value();
    hub_.answer_by([](const FakeHub::Request&) { return FakeHub::Answer{503, ""}; });
    EXPECT_EQ(status(come_back(state)), 503U);
}

TEST_F(LoginTest, ACookieAloneChangesNothing) {
    log_in();
    const std::string kernels = std::string(kBase) + "api/kernels";
    const std::string proof = cookies_["_xsrf"];
    EXPECT_EQ(status(ask("POST", kernels)), 403U);
    EXPECT_EQ(status(ask("POST", kernels, {{"X-XSRFToken", "x"}})), 403U);
    EXPECT_EQ(status(ask("GET", kernels, {{"Sec-Fetch-Mode", "cors"}})), 403U) << "a page of another user at this host";
    EXPECT_EQ(status(ask("GET", kernels, {{"Sec-Fetch-Mode", "no-cors"}})), 403U);
    EXPECT_EQ(status(ask("GET", kernels, {{"Sec-Fetch-Mode", "cors"}, {"X-XSRFToken", proof}})), 200U);
    EXPECT_EQ(status(ask("GET", kernels)), 200U);
    EXPECT_EQ(RunningGateway::body(ask("GET", kernels)), json::array());
    EXPECT_EQ(status(ask("POST", kernels, {{"X-XSRFToken", proof}})), 201U);
    EXPECT_EQ(status(ask("POST", kernels + "?_xsrf=" + proof)), 201U);
    cookies_.erase("_xsrf");  // it is the session that it belongs to, not the cookie of the same name
    EXPECT_EQ(status(ask("POST", kernels, {{"X-XSRFToken", proof}})), 201U);
}

TEST_F(LoginTest, AWebsocketNeedsTheProofToo) {
    log_in();
    const std::string kernels = std::string(kBase) + "api/kernels";
    const std::string proof = cookies_["_xsrf"];
    const std::string id = RunningGateway::body(ask("POST", kernels, {{"X-XSRFToken", proof}}))["id"];
    const Headers upgrade = {{"Connection", "Upgrade"},
                             {"Upgrade", "websocket"},
                             {"Sec-WebSocket-Version", "13"},
                             {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                             {"Origin", "http://hub.example.com"}};
    const std::string channels = kernels + "/" + id + "/channels";
    EXPECT_EQ(status(ask("GET", channels, upgrade)), 403U);
    EXPECT_EQ(status(ask("GET", channels + "?_xsrf=x", upgrade)), 403U);
    EXPECT_EQ(status(ask("GET", channels + "?_xsrf=" + proof, upgrade)), 101U);
    Headers foreign = upgrade;
    foreign["Origin"] = "http://evil.example.com";
    EXPECT_EQ(status(ask("GET", channels + "?_xsrf=" + proof, foreign)), 403U);
}

TEST_F(LoginTest, ASessionEndsWithItsToken) {
    log_in();
    EXPECT_EQ(status(visit(kBase)), 200U);
    auto forged = cookies_;
    forged["service-corncob"].back() = forged["service-corncob"].back() == '0' ? '1' : '0';
    const auto good = std::exchange(cookies_, forged);
    EXPECT_EQ(status(visit(kBase)), 302U);
    cookies_ = good;
    EXPECT_EQ(status(visit(kBase)), 200U);
    hub_.set_user("of-ada", json::object());
    EXPECT_EQ(status(visit(kBase)), 302U) << "revoked";
    EXPECT_EQ(status(ask("GET", std::string(kBase) + "api/kernels")), 403U);
    gateway_.stop();
    EXPECT_EQ(gateway_.log().find("of-ada"), std::string::npos);
    EXPECT_EQ(gateway_.log().find("code-of-ada"), std::string::npos);
    EXPECT_EQ(gateway_.log().find(cookies_["_xsrf"]), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
