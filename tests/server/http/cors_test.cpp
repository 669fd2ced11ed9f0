#include "server/http/cors.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

Cors cors_for(const std::string& allow_origin, bool credentials = false) {
    config::ServerConfig config;
    config.allow_origin = allow_origin;
    config.allow_credentials = credentials;
    config.max_age_seconds = 600;
    config.expose_headers = "x-exposed";
    return Cors(config);
}

Request request_from(const std::string& origin, const std::string& host = "gateway.example.com:8888") {
    Request request(http::verb::get, "/api/kernels", 11);
    if (!origin.empty()) request.set(http::field::origin, origin);
    if (!host.empty()) request.set(http::field::host, host);
    return request;
}

std::string header(const Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return "(absent)";
}

// Every way past a careless comparison that is known to have worked somewhere.
TEST(Cors, NoPartOfAnOriginIsEnough) {
    const Cors cors = cors_for("https://trusted.example.com");
    for (const char* origin : {"https://trusted.example.com.evil.com",
                               "https://trusted.example.comedy",
                               "https://trusted.example.com:9999",
                               "null",
                               "http://trusted.example.com",
                               "https://eviltrusted.example.com",
                               "https://evil.com",
                               "https://evil.com/https://trusted.example.com",
                               "https://trusted.example.com@evil.com",
                               "https://trusted",
                               "https://trustedxexample.com",
                               "trusted.example.com",
                               "https://",
                               "https://trusted.example.com:443x",
                               "https://trusted.example.com,https://evil.com",
                               "https://trusted.example.com evil",
                               "file://",
                               "*",
                               "https://sub.trusted.example.com",
                               "https://trusted.example.com.",
                               "https://trusted.example.com\\evil",
                               "https://trust\xd0\xb5"
                               "d.example.com",                       // a letter that looks like e
                               "https://xn--trustd-8of.example.com",  // the same, as browsers write it
                               "https://trusted\xe3\x80\x82"
                               "example.com"}) {  // a full stop that some take for one

        EXPECT_FALSE(cors.allows(origin)) << origin;
        EXPECT_FALSE(cors.allows_websocket(request_from(origin))) << origin;
        Response response;
        cors.decorate(request_from(origin), response);
        EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "(absent)") << origin;
    }
}

TEST(Cors, CaseAndStandardPortsDoNotMatter) {
    const Cors cors = cors_for("https://Trusted.Example.com, http://other.example.com:80 ,http://third:8000/");
    for (const char* origin : {"https://trusted.example.com", "HTTPS://TRUSTED.example.COM",
                               "https://trusted.example.com:443", "http://other.example.com", "http://third:8000"}) {
        EXPECT_TRUE(cors.allows(origin)) << origin;
    }
    EXPECT_FALSE(cors.allows("http://third"));
    EXPECT_FALSE(cors.allows("https://trusted.example.com:80"));
}

TEST(Cors, NormalisesOrigins) {
    EXPECT_EQ(normalise_origin("HTTP://[::1]:80"), "http://[::1]");
    EXPECT_EQ(normalise_origin("http://[::1]:8888"), "http://[::1]:8888");
    for (const char* origin :
         {"", "null", "://host", "http://", "http://a/b", "http://a:99999", "http://a:", "http://:80"}) {
        EXPECT_FALSE(normalise_origin(origin)) << origin;
    }
}

TEST(Cors, NothingConfiguredMeansSameOrigin) {
    const Cors cors = cors_for("");
    EXPECT_FALSE(cors.allows("https://gateway.example.com:8888"));
    EXPECT_TRUE(cors.allows_websocket(request_from("")));
    EXPECT_TRUE(cors.allows_websocket(request_from("https://gateway.example.com:8888")));
    EXPECT_TRUE(cors.allows_websocket(request_from("http://Gateway.example.com:8888")));
    EXPECT_TRUE(cors.allows_websocket(request_from("https://gateway.example.com", "gateway.example.com:443")));
    EXPECT_FALSE(cors.allows_websocket(request_from("https://gateway.example.com")));
    EXPECT_FALSE(cors.allows_websocket(request_from("https://gateway.example.com:8888", "")));
}

TEST(Cors, KnowsThisMachineByItsNames) {
    const Cors cors = cors_for("");
    for (const char* host : {"localhost", "LOCALHOST:8888", "127.0.0.1:8888", "127.9.9.9", "[::1]", "[::1]:8888"}) {
        EXPECT_TRUE(cors.comes_from_here(request_from("", host))) << host;
        EXPECT_TRUE(cors.comes_from_here(request_from("http://" + std::string(host), host))) << host;
        EXPECT_FALSE(cors.comes_from_here(request_from("http://evil.example", host))) << host;
        EXPECT_FALSE(cors.comes_from_here(request_from("null", host))) << host;
    }
    for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0",
                             "10.0.0.1", "[::2]", "[", "]", "[::1", "::1", "localhost evil", ":8888"}) {
        EXPECT_FALSE(cors.comes_from_here(request_from("", host))) << host;
    }
}

TEST(Cors, HeadersOfAnAllowedOrigin) {
    Response response;
    cors_for("https://a.example", true).decorate(request_from("https://a.example"), response);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://a.example");
    EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(header(response, "Access-Control-Expose-Headers"), "x-exposed");
    EXPECT_EQ(header(response, "Vary"), "Origin");
}

TEST(Cors, AnyOriginNeverWithCredentials) {
    Response response;
    cors_for("*", true).decorate(request_from("https://anywhere.example"), response);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), "(absent)");
}

TEST(Cors, PreflightTellsMethodsAndHeadersToAllowedOrigins) {
    const Cors cors = cors_for("https://a.example");
    const Response allowed = cors.preflight(request_from("https://a.example"));
    EXPECT_EQ(allowed.status, http::status::ok);
    EXPECT_NE(header(allowed, "Access-Control-Allow-Methods").find("DELETE"), std::string::npos);
    EXPECT_NE(header(allowed, "Access-Control-Allow-Headers").find("authorization"), std::string::npos);
    EXPECT_EQ(header(allowed, "Access-Control-Max-Age"), "600");
    EXPECT_TRUE(cors.preflight(request_from("https://b.example")).headers.empty());
}

}  // namespace
}  // namespace corncob::server
