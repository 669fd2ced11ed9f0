#include "server/auth/hub_authenticator.hpp"

#include <condition_variable>
#include <deque>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "server/net/io_pool.hpp"
#include "tests/fakes/eventually.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_hub.hpp"
#include "tests/fakes/gate.hpp"
#include "tests/fakes/running_gateway.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::FakeHub;
using tests::RawClient;
using tests::RunningGateway;

class RecordingHubObserver final : public HubObserver {
 public:
    void hub_checked(HubAnswer answer, std::chrono::nanoseconds) override {
        const std::lock_guard lock(mutex_);
        ++answers_[std::string(name(answer))];
    }
    void hub_answer_reused() override {
        const std::lock_guard lock(mutex_);
        ++answers_["reused"];
    }
    int count(const std::string& what) {
        const std::lock_guard lock(mutex_);
        return answers_[what];
    }

 private:
    std::mutex mutex_;
    std::map<std::string, int> answers_;
};

/// Two IO threads, as a daemon has, and a Hub.
class HubAuthenticatorTest : public testing::Test {
 protected:
    HubAuthenticatorTest() { pool_.start(); }
    ~HubAuthenticatorTest() override {
        pool_.finish();
        pool_.join();
    }
    void make(config::JupyterhubConfig config = {}, std::chrono::milliseconds timeout = 20s) {
        client_.emplace(hub_->config(), timeout);
        const HubAuthenticator::Surroundings surroundings{*client_, clock_, tasks_, observer_, *log_};
        authenticator_.emplace(surroundings, hub_->config().access_scopes, std::move(config));
    }
    /// An answer that may come later.
    class Later {
     public:
        Authentication get() {
            std::unique_lock lock(mutex_);
            EXPECT_TRUE(changed_.wait_for(lock, tests::kDeadline, [this] { return answer_.has_value(); }));
            return answer_ ? *answer_ : Authentication(Failure<AuthErrc>{AuthErrc::unavailable, "none came"});
        }
        void set(Authentication answer) {
            const std::lock_guard lock(mutex_);
            answer_ = std::move(answer);
            changed_.notify_all();
        }

     private:
        std::mutex mutex_;
        std::condition_variable changed_;
        std::optional<Authentication> answer_;
    };
    Later& begin(const std::string& token) {
        Later& later = answers_.emplace_back();
        asio::co_spawn(pool_.next(), authenticator_->authenticate({token}),
                       [&later](std::exception_ptr, Authentication answer) { later.set(std::move(answer)); });
        return later;
    }
    Authentication ask(const std::string& token) { return begin(token).get(); }
    /// Empty: nobody.
    std::string tenant(const std::string& token) {
        const Authentication answer = ask(token);
        return answer && *answer ? (*answer)->tenant.str() : "";
    }

    tests::FakeClock clock_;
    std::ostringstream text_;
    std::shared_ptr<Log> log_ = make_log({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    IoPool pool_{2};
    TaskGroup tasks_{*log_};
    tests::Gate gate_;  // before the Hub, whose threads may still be there when a test's body has ended
    std::optional<FakeHub> hub_{std::in_place};
    RecordingHubObserver observer_;
    std::optional<HubClient> client_;
    std::optional<HubAuthenticator> authenticator_;
    std::deque<Later> answers_;
};

TEST_F(HubAuthenticatorTest, AsksOnceAMinute) {
    hub_->let_in("secret", "ada");
    make();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(tenant("secret"), "ada");
    EXPECT_EQ(hub_->asked(), 1);
    EXPECT_EQ(observer_.count("principal"), 1);
    EXPECT_EQ(observer_.count("reused"), 2);
    hub_->set_user("secret", json::object());
    clock_.advance(59s);
    EXPECT_EQ(tenant("secret"), "ada") << "not asked yet";
    clock_.advance(1s);
    EXPECT_EQ(tenant("secret"), "") << "revoked";
    EXPECT_EQ(observer_.count("nobody"), 1);
}

TEST_F(HubAuthenticatorTest, AsksEachTimeWhereNothingIsToBeRemembered) {
    hub_->let_in("secret", "ada");
    config::JupyterhubConfig config;
    config.cache_seconds = 0;
    make(config);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(tenant("secret"), "ada");
    EXPECT_EQ(hub_->asked(), 3);
}

TEST_F(HubAuthenticatorTest, RemembersStrangersToo) {
    make();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(tenant("guess"), "");
    EXPECT_EQ(hub_->asked(), 1);
    hub_->let_in("guess", "ada");
    clock_.advance(60s);
    EXPECT_EQ(tenant("guess"), "ada");
}

TEST_F(HubAuthenticatorTest, GuessesDriveNobodyOut) {
    hub_->let_in("secret", "ada");
    make();
    EXPECT_EQ(tenant("secret"), "ada");
    for (std::size_t i = 0; i < kHubStrangersMax + 10; ++i) ask("guess" + std::to_string(i));
    const int asked = hub_->asked();
    EXPECT_EQ(tenant("secret"), "ada");
    EXPECT_EQ(hub_->asked(), asked);
}

TEST_F(HubAuthenticatorTest, WhoHasNoScopeIsToldSo) {
    hub_->let_in("secret", "ada", {{"scopes", {"access:services!service=other"}}});
    make();
    const Authentication answer = ask("secret");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, AuthErrc::not_allowed);
    EXPECT_EQ(observer_.count("not_allowed"), 1);
    ask("secret");
    EXPECT_EQ(hub_->asked(), 1);
}

TEST_F(HubAuthenticatorTest, WhatCannotBeATokenIsNotSent) {
    make();
    for (const std::string& text : {std::string(), std::string("a b"), std::string("a\r\nX: y"),
                                    std::string("\xc3\xa4"), std::string(kHubTokenBytesMax + 1, 'a')}) {
        EXPECT_EQ(tenant(text), "");
    }
    EXPECT_EQ(hub_->asked(), 0);
}

TEST_F(HubAuthenticatorTest, OneQuestionForAllWhoAskTheSame) {
    hub_->let_in("secret", "ada");
    make();
    hub_->answer_by([&](const FakeHub::Request& request) {
        gate_.pass();
        return hub_->user_of(request);
    });
    std::vector<Later*> waiting;
    for (int i = 0; i < 50; ++i) waiting.push_back(&begin("secret"));
    EXPECT_TRUE(gate_.wait_arrived());
    gate_.open();
    for (Later* each : waiting) EXPECT_EQ(each->get().value()->tenant.str(), "ada");
    EXPECT_LE(hub_->asked(), 1);
}

TEST_F(HubAuthenticatorTest, ASlowAnswerHoldsNobodyElse) {
    hub_->let_in("slow", "ada");
    hub_->let_in("fast", "bob");
    make();
    hub_->answer_by([&](const FakeHub::Request& request) {
        if (request["Authorization"] == "token slow") gate_.pass();
        return hub_->user_of(request);
    });
    Later& slow = begin("slow");
    EXPECT_TRUE(gate_.wait_arrived());
    EXPECT_EQ(tenant("fast"), "bob");
    gate_.open();
    EXPECT_EQ(slow.get().value()->tenant.str(), "ada");
}

TEST_F(HubAuthenticatorTest, AHubThatIsTooSlow) {
    make({}, 50ms);
    hub_->answer_by([&](const FakeHub::Request& request) {
        gate_.pass();
        return hub_->user_of(request);
    });
    const Authentication answer = ask("secret");
    gate_.open();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, AuthErrc::unavailable);
    EXPECT_EQ(observer_.count("unavailable"), 1);
}

TEST_F(HubAuthenticatorTest, QuestionsAreBounded) {
    make();
    hub_->answer_by([&](const FakeHub::Request& request) {
        gate_.pass();
        return hub_->user_of(request);
    });
    std::vector<Later*> waiting;
    for (std::size_t i = 0; i < kHubQuestionsMax; ++i) waiting.push_back(&begin("guess" + std::to_string(i)));
    EXPECT_TRUE(tests::eventually([&] { return hub_->asked() == static_cast<int>(kHubQuestionsMax); }));
    const Authentication answer = ask("another");
    EXPECT_FALSE(answer);
    EXPECT_EQ(answer.error().code, AuthErrc::unavailable);
    gate_.open();
    for (Later* each : waiting) EXPECT_FALSE(each->get().value());
    EXPECT_EQ(tenant("another"), "");
}

TEST_F(HubAuthenticatorTest, WhatIsKnownOutlastsTheHub) {
    hub_->let_in("secret", "ada");
    make();
    EXPECT_EQ(tenant("secret"), "ada");
    const unsigned short port = hub_->port();
    hub_.reset();
    EXPECT_EQ(tenant("secret"), "ada");
    EXPECT_EQ(ask("other").error().code, AuthErrc::unavailable);
    clock_.advance(60s);
    EXPECT_EQ(ask("secret").error().code, AuthErrc::unavailable);
    hub_.emplace(port);
    hub_->let_in("secret", "ada");
    EXPECT_EQ(tenant("secret"), "ada") << "a failure is not remembered";
    EXPECT_NE(text_.str().find("JupyterHub cannot be reached: Connection refused"), std::string::npos);
    EXPECT_NE(text_.str().find("JupyterHub answers again"), std::string::npos);
    EXPECT_EQ(text_.str().find("secret"), std::string::npos);
}

TEST_F(HubAuthenticatorTest, AnswersThatMakeNoSense) {
    make();
    for (const auto& answer : {FakeHub::Answer{500, "{}"}, FakeHub::Answer{302, ""}, FakeHub::Answer{404, "{}"},
                               FakeHub::Answer{200, "<html>"}, FakeHub::Answer{200, "{}"}}) {
        hub_->answer_by([&](const FakeHub::Request&) { return answer; });
        const Authentication given = ask("secret");
        ASSERT_FALSE(given) << answer.status << answer.body;
        EXPECT_EQ(given.error().code, AuthErrc::unavailable);
    }
}

/// The whole daemon behind a Hub.
class BehindHubTest : public testing::Test {
 protected:
    std::string ask(const std::string& token, const std::string& method, const std::string& target) {
        RawClient client(gateway_.port());
        client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" +
                    (token.empty() ? "" : "Authorization: token " + token + "\r\n") + "\r\n");
        return client.read_response();
    }
    unsigned status(const std::string& token, const std::string& method, const std::string& target) {
        return RunningGateway::status(ask(token, method, target));
    }

    FakeHub hub_;
    RunningGateway gateway_{[this](config::GatewayConfig& config) {
        config.hub = hub_.config();
        config.server.base_url = "/services/corncob/";
        config.token.reset();
    }};
};

TEST_F(BehindHubTest, EachUserIsATenant) {
    hub_.let_in("of-ada", "ada");
    hub_.let_in("of-bob", "bob");
    const std::string kernels = "/services/corncob/api/kernels";
    const std::string created = ask("of-ada", "POST", kernels);
    ASSERT_EQ(RunningGateway::status(created), 201U) << created;
    const std::string id = RunningGateway::body(created)["id"];
    EXPECT_EQ(status("of-ada", "GET", kernels + "/" + id), 200U);
    EXPECT_EQ(RunningGateway::body(ask("of-bob", "GET", kernels)), json::array());
    const std::string foreign = ask("of-bob", "GET", kernels + "/" + id);
    EXPECT_EQ(RunningGateway::status(foreign), 404U);
    EXPECT_EQ(RunningGateway::body(ask("of-ada", "GET", "/services/corncob/api/me"))["identity"]["username"], "ada");
    EXPECT_EQ(status("of-ada", "GET", "/services/corncob/api/admin/tenants"), 403U);
    EXPECT_EQ(status("", "GET", kernels), 403U);
    EXPECT_EQ(status("guess", "GET", kernels), 403U);
}

TEST_F(BehindHubTest, ThereIsNoOtherToken) {
    EXPECT_EQ(gateway_.gateway().url(), "http://127.0.0.1:" + std::to_string(gateway_.port()) + "/services/corncob/");
}

TEST_F(BehindHubTest, AHubThatIsDownIsNoRefusal) {
    hub_.answer_by([](const FakeHub::Request&) { return FakeHub::Answer{502, "{}"}; });
    const std::string response = ask("of-ada", "GET", "/services/corncob/api/kernels");
    EXPECT_EQ(RunningGateway::status(response), 503U);
    EXPECT_NE(response.find("\r\nRetry-After: 5\r\n"), std::string::npos);
    EXPECT_EQ(RunningGateway::body(response)["message"],
              "JupyterHub cannot tell whose the token is: it answers with status 502");
}

TEST_F(BehindHubTest, WhoMayNotComeIsToldWhy) {
    hub_.let_in("of-ada", "ada", {{"scopes", json::array()}});
    const std::string response = ask("of-ada", "GET", "/services/corncob/api/kernels");
    EXPECT_EQ(RunningGateway::status(response), 403U);
    EXPECT_NE(response.find("access:services!service=corncob"), std::string::npos);
    gateway_.stop();
    EXPECT_EQ(gateway_.log().find("of-ada"), std::string::npos) << "a token in the log";
}

}  // namespace
}  // namespace corncob::server
