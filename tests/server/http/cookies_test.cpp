#include "server/http/cookies.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

using Values = std::vector<std::string>;

Request with(std::initializer_list<const char*> headers) {
    Request request(http::verb::get, "/", 11);
    for (const char* header : headers) request.insert(http::field::cookie, header);
    return request;
}

TEST(Cookies, AllOfOneName) {
    EXPECT_EQ(cookies_called(with({"a=1; b=2;a=3 ; aa=4", "a=5"}), "a"), (Values{"1", "3", "5"}));
    EXPECT_EQ(cookies_called(with({"a=b=c"}), "a"), Values{"b=c"});
    EXPECT_EQ(cookies_called(with({"a="}), "a"), Values{""});
    EXPECT_EQ(cookies_called(with({"a; =; ;;A=1", ""}), "a"), Values{});
    EXPECT_EQ(cookies_called(with({}), "a"), Values{});
}

TEST(Cookies, AsTheBrowserIsToKeepThem) {
    EXPECT_EQ(set_cookie_text({.name = "a", .value = "b", .path = "/x/", .max_age = std::chrono::hours(1)}),
              "a=b; Path=/x/; Max-Age=3600; SameSite=Lax; HttpOnly");
    EXPECT_EQ(set_cookie_text({.name = "a", .value = "", .path = "/", .http_only = false, .secure = true}),
              "a=; Path=/; Max-Age=0; SameSite=Lax; Secure");
}

}  // namespace
}  // namespace corncob::server
