#include "server/http/access_log.hpp"

#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "server/http/error_response.hpp"

namespace corncob::server {
namespace {

using namespace std::chrono_literals;

class AccessLogTest : public testing::Test {
 protected:
    std::string logged(const Response& response) {
        log_request(*log_, scope_, response, 1500us);
        const std::string text = std::exchange(out_, std::ostringstream()).str();
        return text.empty() ? text : text.substr(text.find(' ') + 1);
    }

    std::ostringstream out_;
    const std::shared_ptr<Log> log_ =
        make_log({"info", "text"}, std::make_shared<spdlog::sinks::ostream_sink_st>(out_));
    Request request_{http::verb::post, "/api/kernels?token=secret", 11};
    RequestScope scope_{request_, "c1r2", "127.0.0.1", "/api/kernels"};
};

TEST_F(AccessLogTest, WhatChangesSomethingIsTold) {
    scope_.kernel = "k";
    scope_.principal.name = "alice's laptop";
    EXPECT_EQ(logged(Response::json({}, http::status::created)),
              "info request=c1r2 address=127.0.0.1 kernel=k method=POST path=/api/kernels status=201 ms=1.50 "
              "principal=alice's laptop\n");
}

TEST_F(AccessLogTest, WhatOnlyLooksIsDetail) {
    request_.method(http::verb::get);
    EXPECT_EQ(logged(Response::json({})), "");
    log_->set_level(spdlog::level::debug);
    EXPECT_NE(logged(Response::json({})), "");
    log_upgrade(*log_, scope_);
    EXPECT_NE(out_.str().find("debug request=c1r2 address=127.0.0.1 method=GET path=/api/kernels status=101\n"),
              std::string::npos);
}

TEST_F(AccessLogTest, WhatIsRefusedIsAnAuditLineWithItsReason) {
    request_.method(http::verb::get);
    EXPECT_EQ(logged(error_response(http::status::forbidden, "The token does not give this right: admin")),
              "warning audit=refused request=c1r2 address=127.0.0.1 method=GET path=/api/kernels status=403 ms=1.50: "
              "The token does not give this right: admin\n");
    scope_.refusal = "its token is nobody's";
    EXPECT_TRUE(logged(error_response(http::status::unauthorized, "x")).ends_with(": its token is nobody's\n"));
    EXPECT_TRUE(logged({http::status::too_many_requests, "no json", "text/plain", {}}).starts_with("warning audit="));
}

TEST_F(AccessLogTest, WhoIsSentToLogInAgainIsRefused) {
    request_.method(http::verb::get);
    const Response elsewhere{http::status::see_other, {}, {}, {{"Location", "/login?refused"}}};
    EXPECT_EQ(logged(elsewhere), "");
    scope_.refusal = "its token is nobody's";
    const std::string line = logged(elsewhere);
    EXPECT_TRUE(line.starts_with("warning audit=refused ") && line.ends_with(": its token is nobody's\n")) << line;
}

TEST_F(AccessLogTest, WhatFailsIsAnError) {
    EXPECT_TRUE(logged(error_response(http::status::internal_server_error, "x")).starts_with("error request=c1r2 "));
}

}  // namespace
}  // namespace corncob::server
