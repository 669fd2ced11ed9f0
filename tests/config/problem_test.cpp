#include "config/problem.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

TEST(Problem, IsToldWithAllThatIsKnownOfItsPlace) {
    EXPECT_EQ(to_text({{"a.yaml", 12}, "server.port", "is bad"}), "a.yaml:12: server.port: is bad");
    EXPECT_EQ(to_text({{"KG_PORT"}, "server.port", "is bad"}), "KG_PORT: server.port: is bad");
    EXPECT_EQ(to_text({{"a.yaml"}, "", "cannot be read"}), "a.yaml: cannot be read");
    EXPECT_EQ(to_text({{}, "server.port", "is bad"}), "server.port: is bad");
}

TEST(Problem, IsPrintedOnALineOfItsOwn) {
    std::ostringstream stream;
    print(stream, {{{"a.yaml", 1}, "", "x"}, {{"a.yaml", 2}, "", "y"}});
    EXPECT_EQ(stream.str(), "a.yaml:1: x\na.yaml:2: y\n");
}

TEST(Report, SortsByLineAndLeavesTheOrderOfTheRest) {
    Report report;
    EXPECT_TRUE(report.empty());
    report.add({"--port"}, "b", "1");
    report.add({"f", 10}, "c", "2");
    report.add({"f", 9}, "d", "3");
    report.add({"KG_IP"}, "a", "4");
    EXPECT_FALSE(report.empty());
    EXPECT_EQ(as_text(report.sorted()), (Lines{"f:9: d: 3", "f:10: c: 2", "--port: b: 1", "KG_IP: a: 4"}));
}

TEST(Report, TellsARuleWhereItsKeyWasSetLast) {
    Report report;
    report.set_origin("server.ip", {"f", 3});
    report.set_origin("server.ip", {"--ip"});
    report.add_rule("server.ip", "x");
    EXPECT_EQ(as_text(report.sorted()), Lines{"--ip: server.ip: x"});
}

TEST(Report, TellsARuleOfAnUnsetKeyWhereTheNextThingAroundItIs) {
    Report report;
    report.set_origin("auth.tokens[1]", {"f", 7});
    report.set_origin("auth.tokens", {"f", 5});
    report.add_rule("auth.tokens[1].name", "x");
    report.add_rule("auth.tokens[2].name", "y");
    report.add_rule("server.ip", "z");
    EXPECT_EQ(as_text(report.sorted()),
              (Lines{"f:5: auth.tokens[2].name: y", "f:7: auth.tokens[1].name: x", "server.ip: z"}));
    EXPECT_TRUE(report.is_set("auth.tokens"));
    EXPECT_FALSE(report.is_set("auth"));
}

TEST(Report, LeavesOutWhatOnlyFollowsFromAnUnusableValue) {
    Report report;
    report.add({"f", 1}, "a", "bad");
    report.add({"f", 2}, "list[0]", "bad");
    report.add_rule("a", "follows");
    report.add_rule("b", "follows", {"c", "a"});
    report.add_rule("list", "follows");
    report.add_rule("b", "stands", {"c"});
    EXPECT_EQ(as_text(report.sorted()), (Lines{"f:1: a: bad", "f:2: list[0]: bad", "b: stands"}));
}

}  // namespace
}  // namespace corncob::config
