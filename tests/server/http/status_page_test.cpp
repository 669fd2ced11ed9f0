// The page at / and the way there by a token, against the whole daemon.
#include "server/http/status_page.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/browser.hpp"

namespace corncob::server {
namespace {

using tests::Browser;
using tests::RunningGateway;
using tests::values_of;

constexpr const char* kPost = "POST";

std::string only(const std::vector<std::string>& values) {
    EXPECT_EQ(values.size(), 1U);
    return values.empty() ? "" : values[0];
}

class StatusPageTest : public testing::Test {
 protected:
    static unsigned status(const std::string& response) { return RunningGateway::status(response); }
    static std::string location(const std::string& response) { return only(values_of(response, "Location")); }
    static std::string xsrf_of(const std::string& page) {
        const std::string before = R"(<meta name="corncob-xsrf" content=")";
        const auto at = page.find(before);
        if (at == std::string::npos) return {};
        return page.substr(at + before.size(), page.find('"', at + before.size()) - at - before.size());
    }
    std::string log_in(const std::string& form, const Browser::Headers& headers = {}) {
        return browser_.ask(kPost, "/base/login", headers, form);
    }

    RunningGateway gateway_{[](config::GatewayConfig& config) { config.server.base_url = "/base/"; }};
    Browser browser_{gateway_, "a.example.com:8888"};
};

TEST_F(StatusPageTest, TheTokenOfTheAddressBecomesACookie) {
    const std::string came = browser_.visit("/base/?token=s3cret");
    ASSERT_EQ(status(came), 303U) << came;
    EXPECT_EQ(location(came), "/base/");
    EXPECT_EQ(only(values_of(came, "Cache-Control")), "no-store");
    EXPECT_EQ(only(values_of(came, "Referrer-Policy")), "no-referrer");
    const std::string cookie = only(values_of(came, "Set-Cookie"));
    EXPECT_TRUE(cookie.starts_with("corncob-8888=")) << cookie;
    EXPECT_TRUE(cookie.ends_with("; Path=/base/; Max-Age=43200; SameSite=Lax; HttpOnly")) << cookie;
    EXPECT_EQ(came.find("s3cret"), std::string::npos);

    const std::string page = browser_.visit("/base/");
    EXPECT_EQ(status(page), 200U);
    EXPECT_FALSE(xsrf_of(page).empty());
    EXPECT_NE(page.find(R"(<meta name="corncob-rights" content="read execute admin ">)"), std::string::npos);
    EXPECT_EQ(page.find('@'), std::string::npos) << "a mark of the template is left";
    EXPECT_EQ(page.find("s3cret"), std::string::npos);
    EXPECT_EQ(only(values_of(page, "Cache-Control")), "no-store");
}

TEST_F(StatusPageTest, ThePolicyAllowsNothingButTheDaemonsOwn) {
    browser_.visit("/base/?token=s3cret");
    for (const char* target : {"/base/", "/base/login"}) {
        std::string policy;
        for (const std::string& each : values_of(browser_.visit(target), "Content-Security-Policy"))
            policy += each + ";";
        EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << policy;
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << policy;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
        EXPECT_EQ(policy.find("//"), std::string::npos) << policy;
    }
}

TEST_F(StatusPageTest, CookiesAreForHttpsWhereTheBrowserSpeaksIt) {
    const std::string came =
        browser_.ask("GET", "/base/?token=s3cret", {{"Accept", "text/html"}, {"X-Forwarded-Proto", "https"}});
    EXPECT_TRUE(only(values_of(came, "Set-Cookie")).ends_with("; Secure"));
}

TEST_F(StatusPageTest, WhoHasNoTokenGetsAForm) {
    const std::string sent = browser_.visit("/base/");
    EXPECT_EQ(status(sent), 303U);
    EXPECT_EQ(location(sent), "/base/login");
    EXPECT_EQ(location(browser_.visit("/base")), "/base/login");
    const std::string form = browser_.visit("/base/login");
    EXPECT_EQ(status(form), 200U);
    EXPECT_NE(form.find(R"(action="login")"), std::string::npos);
    EXPECT_EQ(status(browser_.ask("GET", "/base/")), 403U) << "a program is told so";
    EXPECT_EQ(status(browser_.visit("/base/api/kernels")), 403U);
}

TEST_F(StatusPageTest, TheFormLogsIn) {
    const std::string in = log_in("token=+s3cret%0A", {{"Sec-Fetch-Site", "same-origin"}});
    EXPECT_EQ(status(in), 303U);
    EXPECT_EQ(location(in), "/base/");
    EXPECT_EQ(status(browser_.visit("/base/")), 200U);
}

TEST_F(StatusPageTest, ABadTokenIsRefusedAndLeavesTheAddress) {
    for (const std::string& refused : {browser_.visit("/base/?token=wrong"), log_in("token=wrong"), log_in("")}) {
        EXPECT_EQ(status(refused), 303U);
        EXPECT_EQ(location(refused), "/base/login?refused");
        EXPECT_TRUE(values_of(refused, "Set-Cookie").empty());
    }
    EXPECT_TRUE(browser_.cookies.empty());
    const std::string by_header =
        browser_.ask("GET", "/base/", {{"Accept", "text/html"}, {"Authorization", "token wrong"}});
    EXPECT_EQ(status(by_header), 403U);
    gateway_.stop();
    EXPECT_NE(gateway_.log().find("audit=refused"), std::string::npos);
    EXPECT_EQ(gateway_.log().find("wrong"), std::string::npos);
}

TEST_F(StatusPageTest, AnotherSitesPageCannotLogABrowserIn) {
    for (const char* site : {"cross-site", "same-site"}) {
        EXPECT_EQ(status(log_in("token=s3cret", {{"Sec-Fetch-Site", site}})), 403U) << site;
    }
    EXPECT_TRUE(browser_.cookies.empty());
}

TEST_F(StatusPageTest, WithoutItsSlashTheBaseUrlIsTheBaseUrl) {
    EXPECT_EQ(location(browser_.visit("/base?token=s3cret")), "/base/");
    EXPECT_EQ(location(browser_.visit("/base")), "/base/");
}

TEST_F(StatusPageTest, LoggingOutNeedsTheProofAndEndsTheSession) {
    browser_.visit("/base/?token=s3cret");
    const auto before = browser_.cookies;
    const std::string proof = xsrf_of(browser_.visit("/base/"));
    EXPECT_EQ(status(browser_.ask(kPost, "/base/logout")), 403U);
    EXPECT_EQ(status(browser_.ask(kPost, "/base/logout", {{"X-XSRFToken", proof}})), 204U);
    EXPECT_TRUE(browser_.cookies.empty());
    browser_.cookies = before;
    EXPECT_EQ(location(browser_.visit("/base/")), "/base/login");
}

TEST_F(StatusPageTest, ItsFilesAreOpenAndNoOthersAre) {
    const std::pair<const char*, const char*> files[] = {{"status.js", "text/javascript; charset=utf-8"},
                                                         {"page.css", "text/css; charset=utf-8"},
                                                         {"logo-svg.svg", "image/svg+xml"}};
    for (const auto& [name, type] : files) {
        const std::string file = browser_.visit(std::string("/base/static/") + name);
        EXPECT_EQ(status(file), 200U) << name;
        EXPECT_EQ(only(values_of(file, "Content-Type")), type);
    }
    for (const char* name : {"status.html", "spec.yaml", "nothing.js", "..%2fmain.js"}) {
        EXPECT_EQ(status(browser_.visit(std::string("/base/static/") + name)), 404U) << name;
    }
}

TEST_F(StatusPageTest, WhoMayNotReadMaySeeThePage) {
    RunningGateway gateway([](config::GatewayConfig& config) {
        config.token.reset();
        const std::string sha256 = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";  // of "s3cret"
        config.auth.tokens.push_back({"ops", "operations", sha256, {"admin"}, ""});
    });
    Browser browser(gateway, "a.example.com");
    EXPECT_TRUE(only(values_of(browser.visit("/?token=s3cret"), "Set-Cookie")).starts_with("corncob="));
    const std::string page = browser.visit("/");
    EXPECT_EQ(status(page), 200U);
    EXPECT_NE(page.find(R"(content="admin ">)"), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
