#include "server/event_log.hpp"

#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

namespace corncob::server {
namespace {

TEST(EventLog, ALineSaysWhoAndWhat) {
    std::ostringstream out;
    const auto log = make_log({"info", "text"}, std::make_shared<spdlog::sinks::ostream_sink_st>(out));
    EventLog events(*log);
    const protocol::TenantId tenant("ada");
    const protocol::KernelId kernel("k");
    const auto line = [&] {
        log->flush();
        return std::exchange(out, std::ostringstream()).str();
    };
    events.kernel_started(tenant, kernel);
    EXPECT_NE(line().find(" info kernel=k tenant=ada started\n"), std::string::npos);
    events.kernel_ended(tenant, kernel, "it was shut down");
    EXPECT_NE(line().find(" info kernel=k tenant=ada ended: it was shut down\n"), std::string::npos);
    events.kernel_autorestarted(tenant, kernel, "os._exit(3)");
    EXPECT_NE(line().find(" warning kernel=k tenant=ada has ended by itself and begins anew: os._exit(3)\n"),
              std::string::npos);
    events.kernel_culled(tenant, kernel, std::chrono::milliseconds(3700));
    EXPECT_NE(line().find(" warning kernel=k tenant=ada culled: not used for 3 s"), std::string::npos);
    events.thread_disowned(tenant, kernel);
    EXPECT_NE(line().find(" warning kernel=k tenant=ada its code does not stop"), std::string::npos);
}

}  // namespace
}  // namespace corncob::server
