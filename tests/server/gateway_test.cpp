// Every route of the gateway, with a host that needs no Python.
#include "server/gateway.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/requests.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;
using tests::RawClient;
using tests::RunningGateway;

unsigned status(const std::string& response) {
    return RunningGateway::status(response);
}
json body(const std::string& response) {
    return RunningGateway::body(response);
}

std::string header(const std::string& response, const std::string& name) {
    const auto begin = response.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return "(absent)";
    const auto value = begin + 4 + name.size();
    return response.substr(value, response.find("\r\n", value) - value);
}

class GatewayTest : public testing::Test {
 protected:
    std::string ask(const std::string& method, const std::string& target, const std::string& text = {}) {
        return gateway_.ask(method, target, text);
    }
    /// What the host is given for a kernel that is asked for by `request`, once it runs a cell.
    tenants::HostedKernelSettings settings_for(const std::string& request) {
        const std::string created = ask("POST", "/api/kernels", request);
        EXPECT_EQ(status(created), 201U) << created;
        const auto client = gateway_.connect(body(created)["id"].get<std::string>());
        client->send_v1(tests::execute("1", "echo"));
        EXPECT_TRUE(client->receive_message(protocol::MsgType::execute_reply));
        return gateway_.host().last_settings();
    }
    RunningGateway gateway_;
};

TEST_F(GatewayTest, TellsWhereItIs) {
    EXPECT_EQ(gateway_.gateway().url(), "http://127.0.0.1:" + std::to_string(gateway_.port()) + "/?token=s3cret");
}

TEST_F(GatewayTest, OpenRoutesNeedNoToken) {
    for (const char* target : {"/api", "/healthz", "/readyz"}) {
        RawClient client(gateway_.port());
        client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(status(client.read_response()), 200U) << target;
    }
    for (const char* target :
         {"/", "/api/kernels", "/api/me", "/api/spec.yaml", "/kernelspecs/python3/logo-64x64.png"}) {
        RawClient client(gateway_.port());
        client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string response = client.read_response();
        EXPECT_EQ(status(response), 403U) << target;
        EXPECT_EQ(body(response), (json{{"message", "Forbidden"}, {"reason", "Forbidden"}}));
    }
}

TEST_F(GatewayTest, KernelsFromBirthToDeath) {
    const std::string created = ask("POST", "/api/kernels", R"({"name": "python3"})");
    ASSERT_EQ(status(created), 201U);
    const std::string id = body(created)["id"];
    EXPECT_EQ(header(created, "Location"), "/api/kernels/" + id);
    EXPECT_EQ(body(ask("GET", "/api/kernels/" + id))["name"], "python3");
    EXPECT_EQ(body(ask("GET", "/api/kernels")).size(), 1U);
    EXPECT_EQ(body(ask("GET", "/api/status"))["kernels"], 1);
    EXPECT_EQ(status(ask("POST", "/api/kernels/" + id + "/interrupt")), 204U);
    EXPECT_EQ(body(ask("POST", "/api/kernels/" + id + "/restart"))["id"], id);
    EXPECT_EQ(status(ask("DELETE", "/api/kernels/" + id)), 204U);
    for (const char* method : {"GET", "DELETE"}) {
        const std::string gone = ask(method, "/api/kernels/" + id);
        EXPECT_EQ(status(gone), 404U);
        EXPECT_EQ(body(gone)["message"], "Kernel does not exist: " + id);
    }
}

TEST_F(GatewayTest, OnlyKernelVariablesReachAKernel) {
    const auto settings = settings_for(R"({"env": {"KERNEL_USERNAME": "eve", "PATH": "/x", "LD_PRELOAD": 5}})");
    EXPECT_EQ(settings.env.count("KERNEL_USERNAME"), 1U);
    EXPECT_EQ(settings.env.count("PATH"), 0U);
    EXPECT_EQ(settings.env.count("LD_PRELOAD"), 0U);
    EXPECT_EQ(settings.working_dir, "");
}

TEST_F(GatewayTest, AWorkingDirectoryCountsWhereItExists) {
    EXPECT_EQ(settings_for(R"({"env": {"KERNEL_WORKING_DIR": "/usr"}})").working_dir, "/usr");
    for (const char* dir : {"/no/such/place", "usr", "."}) {
        EXPECT_EQ(settings_for(json{{"env", {{"KERNEL_WORKING_DIR", dir}}}}.dump()).working_dir, "") << dir;
    }
}

TEST_F(GatewayTest, BadKernelRequestsAre400) {
    for (const char* text : {"{", "[]", R"({"name": 5})", R"({"env": []})", R"({"env": {"KERNEL_A": 1}})",
                             R"({"kernel_id": "../x"})", R"({"env": {"KERNEL_A=B": "x"}})"}) {
        EXPECT_EQ(status(ask("POST", "/api/kernels", text)), 400U) << text;
    }
    EXPECT_EQ(status(ask("POST", "/api/kernels", R"({"name": "nothing"})")), 404U);
    EXPECT_EQ(body(ask("GET", "/api/kernels")).size(), 0U);
}

TEST_F(GatewayTest, SessionsFromBirthToDeath) {
    const std::string created =
        ask("POST", "/api/sessions", R"({"path": "a.ipynb", "type": "notebook", "kernel": {}})");
    ASSERT_EQ(status(created), 201U);
    const std::string id = body(created)["id"];
    EXPECT_EQ(header(created, "Location"), "/api/sessions/" + id);
    EXPECT_EQ(body(ask("POST", "/api/sessions", R"({"notebook": {"path": "a.ipynb"}})"))["id"], id);
    EXPECT_EQ(body(ask("GET", "/api/sessions")).size(), 1U);
    EXPECT_EQ(body(ask("PATCH", "/api/sessions/" + id, R"({"path": "b.ipynb"})"))["path"], "b.ipynb");
    EXPECT_EQ(status(ask("PATCH", "/api/sessions/" + id, R"({"kernel": {"id": "0-0-0-0-0"}})")), 400U);
    EXPECT_EQ(status(ask("PATCH", "/api/sessions/" + id, R"({"kernel": {"name": "nothing"}})")), 501U);
    EXPECT_EQ(status(ask("DELETE", "/api/sessions/" + id)), 204U);
    EXPECT_EQ(status(ask("GET", "/api/sessions/" + id)), 404U);
    EXPECT_EQ(body(ask("GET", "/api/kernels")).size(), 0U);
}

TEST_F(GatewayTest, BadSessionRequestsNameWhatIsMissing) {
    EXPECT_EQ(body(ask("POST", "/api/sessions"))["message"], "No JSON data provided");
    EXPECT_EQ(body(ask("POST", "/api/sessions", "{}"))["message"], "Missing field in JSON data: path");
    EXPECT_EQ(body(ask("POST", "/api/sessions", R"({"path": "a"})"))["message"], "Missing field in JSON data: type");
    const std::string unknown =
        ask("POST", "/api/sessions", R"({"path": "a", "type": "b", "kernel": {"name": "nothing"}})");
    EXPECT_EQ(status(unknown), 501U);
    EXPECT_EQ(body(unknown)["short_message"], "nothing not found");
}

TEST_F(GatewayTest, KernelspecsAndTheirFiles) {
    EXPECT_EQ(body(ask("GET", "/api/kernelspecs"))["default"], "python3");
    EXPECT_EQ(body(ask("GET", "/api/kernelspecs/python3"))["name"], "python3");
    EXPECT_EQ(status(ask("GET", "/api/kernelspecs/nothing")), 404U);
    const std::string logo = ask("GET", "/kernelspecs/python3/logo-64x64.png");
    EXPECT_EQ(header(logo, "Content-Type"), "image/png");
    EXPECT_EQ(header(logo, "Cache-Control"), "max-age=2592000");
    for (const char* target : {"/kernelspecs/python3/spec.yaml", "/kernelspecs/python3/nothing.png",
                               "/kernelspecs/nothing/logo-64x64.png", "/kernelspecs/python3/..%2fspec.yaml"}) {
        EXPECT_EQ(status(ask("GET", target)), 404U) << target;
    }
}

TEST_F(GatewayTest, IdentityAndPermissions) {
    EXPECT_EQ(body(ask("GET", "/api/me"))["identity"]["username"], "default");
    const json me = body(
        ask("GET",
            "/api/me?permissions=%7B%22kernels%22:%5B%22execute%22,%22fly%22%5D,%22contents%22:%5B%22write%22%5D%7D"));
    EXPECT_EQ(me["permissions"]["kernels"], json{"execute"});
    EXPECT_EQ(me["permissions"]["contents"], json::array());
    for (const char* question : {"nonsense", "%5B%5D", "%7B%22a%22:1%7D", "%7B%22a%22:%5B1%5D%7D"}) {
        EXPECT_EQ(status(ask("GET", std::string("/api/me?permissions=") + question)), 400U) << question;
    }
    EXPECT_EQ(status(ask("PATCH", "/api/me", "{}")), 501U);
}

TEST_F(GatewayTest, WhatLabAsks) {
    for (const char* target : {"/api/contents", "/api/contents/"}) {
        const json root = body(ask("GET", target));
        EXPECT_EQ(root["type"], "directory");
        EXPECT_EQ(root["writable"], false);
    }
    EXPECT_EQ(status(ask("GET", "/api/contents/a.ipynb")), 404U);
    for (const char* method : {"GET", "PUT", "PATCH"}) EXPECT_EQ(body(ask(method, "/api/config/a")), json::object());
    EXPECT_EQ(body(ask("GET", "/api/terminals")), json::array());
    EXPECT_EQ(status(ask("POST", "/api/terminals")), 501U);
    EXPECT_EQ(body(ask("GET", "/api/nbconvert")), json::object());
}

TEST_F(GatewayTest, WrongPathsMethodsAndTargets) {
    EXPECT_EQ(body(ask("GET", "/api/nothing"))["reason"], "Not Found");
    const std::string wrong_method = ask("PUT", "/api/kernels");
    EXPECT_EQ(status(wrong_method), 405U);
    EXPECT_EQ(header(wrong_method, "Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(status(ask("GET", "/api/kernels/%zz")), 400U);
    EXPECT_EQ(status(ask("OPTIONS", "*")), 200U);
    EXPECT_EQ(status(ask("OPTIONS", "/api/kernels")), 200U);
}

TEST_F(GatewayTest, TheTokenIsInNoLogLine) {
    ask("GET", "/api/kernels?token=s3cret");
    ask("GET", "/nothing?token=s3cret");
    gateway_.connect(gateway_.start_kernel());
    gateway_.stop();
    EXPECT_NE(gateway_.log().find("path=/api/kernels status=200"), std::string::npos);
    EXPECT_EQ(gateway_.log().find("s3cret"), std::string::npos) << gateway_.log();
}

TEST(GatewaySettings, ATokenThatIsASecretIsNotInTheAddress) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.token_is_secret = true; });
    EXPECT_EQ(gateway.gateway().url(), "http://127.0.0.1:" + std::to_string(gateway.port()) + "/");
}

TEST(GatewaySettings, BaseUrlPrefixesRoutesAndLocations) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.server.base_url = "/jupyter/gateway/"; });
    EXPECT_TRUE(gateway.gateway().url().ends_with("/jupyter/gateway/?token=s3cret"));
    const std::string created = gateway.ask("POST", "/jupyter/gateway/api/kernels");
    EXPECT_EQ(header(created, "Location"), "/jupyter/gateway/api/kernels/" + body(created)["id"].get<std::string>());
    EXPECT_EQ(status(gateway.ask("GET", "/api")), 404U);
}

TEST(GatewaySettings, KernelsBeyondTheQuotaAreRefused) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.tenants.defaults.quotas.kernels_max = 1; });
    gateway.start_kernel();
    const std::string refused = gateway.ask("POST", "/api/kernels");
    EXPECT_EQ(status(refused), 403U);
    EXPECT_EQ(body(refused)["reason"], "Resource Limit");
}

TEST(GatewaySettings, ListsMayBeForbidden) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.kernels.list_kernels = false; });
    for (const char* target : {"/api/kernels", "/api/sessions"}) EXPECT_EQ(status(gateway.ask("GET", target)), 403U);
    EXPECT_EQ(status(gateway.ask("GET", "/api/kernels/" + gateway.start_kernel())), 200U);
}

TEST(GatewaySettings, WithoutATokenThereIsARandomOne) {
    const auto url = [](const char* token) {
        RunningGateway gateway([&](config::GatewayConfig& config) {
            config.token.reset();
            if (token) config.token = token;
        });
        const std::string text = gateway.gateway().url();
        return text.substr(text.find("token="));
    };
    const std::string absent = url(nullptr);
    const std::string empty = url("");
    EXPECT_EQ(absent.size(), 6U + 48U);
    EXPECT_EQ(empty.size(), 6U + 48U);
    EXPECT_NE(absent, empty);
}

TEST(GatewaySettings, APortThatIsTakenIsSaidInWords) {
    RunningGateway gateway;
    try {
        RunningGateway second([&](config::GatewayConfig& config) { config.server.port = gateway.port(); });
        FAIL() << "two gateways on one port";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()).find("cannot listen on 127.0.0.1 port"), 0U) << error.what();
    }
}

}  // namespace
}  // namespace corncob::server
