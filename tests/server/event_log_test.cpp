#include "server/event_log.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "tests/fakes/fake_clock.hpp"

namespace corncob::server {
namespace {

TEST(EventLog, ALineSaysWhoAndWhat) {
    std::ostringstream out;
    const auto log = make_log({"info", "text"}, std::make_shared<spdlog::sinks::ostream_sink_st>(out));
    const tests::FakeClock clock;
    EventLog events(*log, clock);
    const protocol::TenantId tenant("ada");
    const protocol::KernelId kernel("k");
    const auto line = [&] {
        log->flush();
        return std::exchange(out, std::ostringstream()).str();
    };
    events.kernel_started(tenant, kernel);
    EXPECT_NE(line().find(" info audit=start tenant=ada kernel=k started\n"), std::string::npos);
    events.kernel_ended(tenant, kernel, "it was shut down");
    EXPECT_NE(line().find(" info audit=stop tenant=ada kernel=k ended: it was shut down\n"), std::string::npos);
    events.kernel_autorestarted(tenant, kernel, "os._exit(3)");
    EXPECT_NE(
        line().find(" warning audit=restart tenant=ada kernel=k has ended by itself and begins anew: os._exit(3)\n"),
        std::string::npos);
    events.kernel_culled(tenant, kernel, std::chrono::milliseconds(3700));
    EXPECT_NE(line().find(" warning audit=cull tenant=ada kernel=k culled: not used for 3 s"), std::string::npos);
    events.thread_disowned(tenant, kernel);
    EXPECT_NE(line().find(" warning audit=disown tenant=ada kernel=k its code does not stop"), std::string::npos);
}

TEST(EventLog, AQuotaThatIsHitAgainAndAgainIsToldOnceASecond) {
    std::ostringstream out;
    const auto log = make_log({"info", "text"}, std::make_shared<spdlog::sinks::ostream_sink_st>(out));
    tests::FakeClock clock;
    EventLog events(*log, clock);
    const protocol::TenantId ada("ada");
    for (int i = 0; i < 5; ++i) events.request_refused(ada, "kernels_max");
    events.request_refused(protocol::TenantId("bob"), "kernels_max");
    events.limit_hit(ada, "output_bytes_max");
    clock.advance(kSameHitPause);
    events.request_refused(ada, "kernels_max");
    events.request_refused(ada, "kernels_max");
    std::vector<std::string> lines;
    std::istringstream in(out.str());
    for (std::string line; std::getline(in, line);) lines.push_back(line.substr(line.find("audit=")));
    const std::string words = " refused: the quota is used up";
    EXPECT_EQ(lines, (std::vector<std::string>{"audit=quota tenant=ada quota=kernels_max times=1" + words,
                                               "audit=quota tenant=bob quota=kernels_max times=1" + words,
                                               "audit=quota tenant=ada quota=output_bytes_max times=1" + words,
                                               "audit=quota tenant=ada quota=kernels_max times=5" + words}));
}

}  // namespace
}  // namespace corncob::server
