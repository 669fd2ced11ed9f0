// What /api/activity tells, and whom, against the whole daemon.
#include "server/http/activity_api.hpp"

#include <gtest/gtest.h>

#include "server/auth/token_authenticator.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/requests.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using nlohmann::json;
using protocol::MsgType;
using tests::RunningGateway;

std::string sha256_of(const std::string& token) {
    std::string hex;
    for (const unsigned char byte : digest_of(token)) {
        hex += "0123456789abcdef"[byte >> 4U];
        hex += "0123456789abcdef"[byte & 15U];
    }
    return hex;
}

class ActivityApiTest : public testing::Test {
 protected:
    json ask(const std::string& who, const std::string& target, const std::string& method = "GET") {
        tests::RawClient client(gateway_.port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: token " + who +
                    "\r\nContent-Length: 0\r\n\r\n");
        const std::string response = client.read_response();
        status_ = RunningGateway::status(response);
        return RunningGateway::body(response);
    }
    std::string start(const std::string& who) { return ask(who, "/api/kernels", "POST")["id"]; }
    /// The only kernel of the only tenant that `who` sees.
    json kernel_of(const std::string& who) {
        const json activity = ask(who, "/api/activity");
        EXPECT_EQ(activity["tenants"].size(), 1U);
        EXPECT_EQ(activity["tenants"][0]["kernels"].size(), 1U);
        return activity["tenants"][0]["kernels"][0];
    }
    std::unique_ptr<tests::WebsocketClient> connect(const std::string& who, const std::string& id) const {
        return std::make_unique<tests::WebsocketClient>(gateway_.port(),
                                                        "/api/kernels/" + id + "/channels?token=" + who,
                                                        "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org\r\n");
    }

    RunningGateway gateway_{[](config::GatewayConfig& config) {
        config.token.reset();
        for (const char* who : {"ada", "bob"}) {
            config.auth.tokens.push_back({who, who, sha256_of(who), {"read", "execute"}, ""});
        }
        config.auth.tokens.push_back({"ops", "operations", sha256_of("ops"), {"admin"}, ""});
        config.tenants.named["ada"].quotas.kernels_max = 3;
        config.tenants.named["ada"].zmq = true;
        config::KernelspecConfig mixed;
        mixed.display_name = "Mixed";
        mixed.modes = {"concurrent", "cache"};
        mixed.loop = "trio";
        config.kernelspecs["mixed"] = mixed;
    }};
    unsigned status_ = 0;
};

TEST_F(ActivityApiTest, TellsWhatAKernelDoes) {
    const std::string id = start("ada");
    const json fresh = kernel_of("ada");
    EXPECT_EQ(fresh["id"], id);
    EXPECT_EQ(fresh["name"], "python3");
    EXPECT_EQ(fresh["execution_state"], "idle");
    EXPECT_EQ(fresh["modes"], json::array());
    EXPECT_EQ(fresh["path"], nullptr);
    EXPECT_EQ(fresh["cells"], (json{{"running", 0}, {"waiting", 0}, {"done", 0}, {"failed", 0}}));
    EXPECT_EQ(fresh["messages"], (json{{"received", 0}, {"sent", 0}}));
    EXPECT_TRUE(fresh["memory_bytes"].is_number_unsigned());

    const auto client = connect("ada", id);
    client->send_v1(tests::execute("1", "echo hello"));
    ASSERT_TRUE(client->receive_message(MsgType::execute_reply));
    client->send_v1(tests::execute("2", "block"));
    client->send_v1(tests::execute("3", "echo later"));
    EXPECT_TRUE(tests::eventually([&] { return kernel_of("ada")["cells"]["waiting"] == 1; }));
    const json busy = kernel_of("ada");
    EXPECT_EQ(busy["execution_state"], "busy");
    EXPECT_EQ(busy["connections"], 1);
    EXPECT_EQ(busy["cells"], (json{{"running", 1}, {"waiting", 1}, {"done", 1}, {"failed", 0}}));
    // Of the first cell: busy, stream, reply, idle; of the second: busy.
    EXPECT_EQ(busy["messages"], (json{{"received", 3}, {"sent", 5}}));
    ask("ada", "/api/kernels/" + id + "/interrupt", "POST");
    EXPECT_EQ(status_, 204U);
    EXPECT_TRUE(tests::eventually([&] { return kernel_of("ada")["execution_state"] == "idle"; }));
    EXPECT_EQ(kernel_of("ada")["cells"], (json{{"running", 0}, {"waiting", 0}, {"done", 2}, {"failed", 1}}))
        << "the third one was aborted, and has not run";
}

TEST_F(ActivityApiTest, ModesAreAtFirstThoseOfTheKernelspec) {
    tests::RawClient client(gateway_.port());
    const std::string body = R"({"name": "mixed"})";
    client.send("POST /api/kernels HTTP/1.1\r\nHost: a\r\nAuthorization: token ada\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    ASSERT_EQ(RunningGateway::status(client.read_response()), 201U);
    EXPECT_EQ(kernel_of("ada")["modes"], (json{"cache", "concurrent", "trio"}));
    EXPECT_EQ(ask("ada", "/api/activity")["kernelspecs"]["mixed"], "Mixed");
}

TEST_F(ActivityApiTest, ATenantSeesItsOwn) {
    start("ada");
    const std::string theirs = start("bob");
    const json activity = ask("ada", "/api/activity");
    EXPECT_EQ(activity.dump().find(theirs), std::string::npos);
    EXPECT_EQ(activity["principal"], (json{{"name", "ada"}, {"tenant", "ada"}}));
    const json& tenant = activity["tenants"][0];
    EXPECT_EQ(tenant["name"], "ada");
    EXPECT_EQ(tenant["limits"][0], (json{{"name", "kernels_max"}, {"used", 1}, {"maximum", 3}}));
    EXPECT_TRUE(tenant["connection_file"].get<std::string>().ends_with("/ada/kernel.json"));
    EXPECT_EQ(ask("bob", "/api/activity")["tenants"][0]["connection_file"], nullptr);
    EXPECT_FALSE(activity.contains("resident_bytes")) << "of all tenants together";
    ask("ada", "/api/admin/activity");
    EXPECT_EQ(status_, 403U);
}

TEST_F(ActivityApiTest, AnAdminSeesAll) {
    const std::string ada = start("ada");
    const std::string bob = start("bob");
    const json activity = ask("ops", "/api/admin/activity");
    std::map<std::string, json> kernels;
    for (const json& tenant : activity["tenants"]) kernels[tenant["name"]] = tenant["kernels"];
    EXPECT_EQ(kernels["ada"][0]["id"], ada);
    EXPECT_EQ(kernels["bob"][0]["id"], bob);
    EXPECT_EQ(kernels["operations"], json::array());
    EXPECT_FALSE(activity.contains("history"));
    EXPECT_GE(ask("ops", "/api/admin/activity?history")["history"].size(), 1U);
    EXPECT_TRUE(ask("ada", "/api/activity?history")["history"][0].contains("messages_per_second"));
    EXPECT_GT(activity["resident_bytes"], 1000000);
    ask("ops", "/api/activity");
    EXPECT_EQ(status_, 403U) << "to read is another right";
}

TEST_F(ActivityApiTest, ANotebooksPathIsItsKernels) {
    tests::RawClient client(gateway_.port());
    const std::string body = R"({"path": "a.ipynb", "type": "notebook", "kernel": {}})";
    client.send("POST /api/sessions HTTP/1.1\r\nHost: a\r\nAuthorization: token ada\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    ASSERT_EQ(RunningGateway::status(client.read_response()), 201U);
    EXPECT_EQ(kernel_of("ada")["path"], "a.ipynb");
}

TEST(ActivityApi, WhereListsAreForbiddenItTellsNone) {
    RunningGateway gateway([](config::GatewayConfig& config) { config.kernels.list_kernels = false; });
    const std::string id = gateway.start_kernel();
    const json activity = RunningGateway::body(gateway.ask("GET", "/api/activity?history"));
    EXPECT_EQ(activity["tenants"][0]["kernels"], nullptr);
    EXPECT_FALSE(activity.contains("history"));
    EXPECT_EQ(activity["tenants"][0]["limits"][0]["used"], 1);
    EXPECT_NE(gateway.ask("GET", "/api/admin/activity").find(id), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
