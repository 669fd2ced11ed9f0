#include "server/metrics/declarations.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(Declarations, EachStandsAtItsPlaceAndHasANameOfItsOwn) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < declarations().size(); ++i) {
        const Declaration& each = declarations().at(i);
        EXPECT_EQ(static_cast<std::size_t>(each.metric), i) << each.name;
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_TRUE(std::regex_match(each.name, std::regex("corncob_[a-z_]+"))) << each.name;
        const bool total = std::string(each.name).ends_with("_total");
        EXPECT_EQ(total, each.type == prometheus::MetricType::Counter) << each.name;
        EXPECT_EQ(std::string(each.help).find_first_of("\"\\\n|"), std::string::npos) << each.help;
    }
}

TEST(Declarations, NoneIsByKernelOrSession) {
    for (const Declaration& each : declarations()) {
        EXPECT_FALSE(std::regex_search(each.labels, std::regex("(kernel|session|msg)_id|session"))) << each.name;
    }
}

/// "| `name` | type | labels | meaning |" of each row in README.md that describes a metric.
std::vector<std::string> rows_of_readme() {
    std::ifstream readme(CORNCOB_SOURCE_DIR "/server/README.md");
    std::vector<std::string> rows;
    for (std::string line; std::getline(readme, line);) {
        if (line.starts_with("| `corncob_")) rows.push_back(line);
    }
    return rows;
}

TEST(Declarations, TheReadmeSaysTheSame) {
    std::vector<std::string> expected;
    for (const Declaration& each : declarations()) {
        expected.push_back("| `" + std::string(each.name) + "` | " + type_name(each.type) + " | " + each.labels +
                           (each.labels[0] == '\0' ? "" : " ") + "| " + each.help + " |");
    }
    EXPECT_EQ(rows_of_readme(), expected);
}

}  // namespace
}  // namespace corncob::server
