// The shipped file and the README say what the field tables and the structs say.
#include <algorithm>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/fields.hpp"
#include "config/validation.hpp"
#include "tests/config/loading.hpp"

namespace corncob::config {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

struct ReadFile {
    GatewayConfig config;
    Report report;
};

ReadFile read_text(const std::string& yaml) {
    ReadFile file;
    read_yaml(yaml, "corncob.yaml", file.config, file.report);
    return file;
}

TEST(ShippedFile, SetsEveryKeyToItsDefault) {
    const auto file = read_text(read_source("config/corncob.yaml"));
    EXPECT_EQ(as_text(file.report.sorted()), Lines{});
    for (const auto& field : gateway_fields()) {
        EXPECT_EQ(file.report.is_set(field.key), field.traits.in_file) << field.key;
        EXPECT_EQ(value_text(field, file.config), value_text(field, GatewayConfig{})) << field.key;
    }
    EXPECT_TRUE(file.config.auth.tokens.empty());
    EXPECT_TRUE(file.config.tenants.named.empty());
    EXPECT_TRUE(file.config.kernelspecs.empty());
}

TEST(ShippedFile, ExplainsEveryKey) {
    for (const std::string& line : lines_of(read_source("config/corncob.yaml"))) {
        const bool sets_something = std::regex_search(line, std::regex("^ *[a-z_]+: *[^ #]"));
        EXPECT_TRUE(!sets_something || line.find(" # ") != std::string::npos) << line;
        EXPECT_LE(line.size(), 120U) << line;
    }
}

TEST(ShippedFile, HasExamplesThatCanBeTaken) {
    std::string yaml;
    for (const std::string& line : lines_of(read_source("config/corncob.yaml"))) {
        yaml += std::regex_replace(line, std::regex("^( +)# (.*)$"), "$1$2") + "\n";
    }
    auto file = read_text(yaml);
    normalize(file.config);
    validate(file.config, file.report);
    EXPECT_EQ(as_text(file.report.sorted()), Lines{});
    ASSERT_EQ(file.config.auth.tokens.size(), 1U);
    EXPECT_EQ(file.config.auth.tokens[0].expires, "2027-01-01T00:00:00Z");
    EXPECT_EQ(file.config.tenants.named.at("alice").quotas.kernels_max, 10U);
    EXPECT_EQ(file.config.kernelspecs.at("analytics").modes, (Lines{"cache", "concurrent"}));
}

/// The cells of the README's table rows by their first cell, which is a key in backquotes; backquotes are dropped.
std::map<std::string, Lines> table_rows() {
    std::map<std::string, Lines> rows;
    for (std::string line : lines_of(read_source("config/README.md"))) {
        if (!std::regex_search(
                line, std::regex("^\\| `(server|auth|tenants|kernels|kernelspecs|zmq|metrics|log|token)\\b"))) {
            continue;
        }
        line.erase(std::remove(line.begin(), line.end(), '`'), line.end());
        Lines cells;
        const std::regex cell("\\|([^|]*)(?=\\|)");
        for (std::sregex_iterator found(line.begin(), line.end(), cell), end; found != end; ++found) {
            cells.push_back(std::regex_replace((*found)[1].str(), std::regex("^ +| +$"), ""));
        }
        EXPECT_TRUE(rows.emplace(cells.at(0), cells).second) << "twice: " << line;
    }
    return rows;
}

TEST(Readme, HasARowForEveryScalar) {
    auto rows = table_rows();
    for (const auto& field : gateway_fields()) {
        const auto row = rows.find(field.key);
        ASSERT_NE(row, rows.end()) << field.key;
        std::string also = field.traits.variable;
        if (!field.traits.flag.empty()) also += (also.empty() ? "" : ", ") + field.traits.flag;
        ASSERT_EQ(row->second.size(), 5U) << field.key;
        EXPECT_EQ(row->second[1], value_text(field, GatewayConfig{})) << field.key;
        EXPECT_EQ(row->second[2], allowed_text(field)) << field.key;
        EXPECT_EQ(row->second[3], also) << field.key;
        EXPECT_NE(row->second[4], "") << field.key;
        rows.erase(row);
    }
    for (const auto& [key, cells] : rows) {
        EXPECT_EQ(cells.size(), 3U) << key << " is no scalar of the field table";
    }
}

TEST(Readme, HasARowForWhatIsBelowListsAndMaps) {
    const auto rows = table_rows();
    std::vector<std::string> keys = {"auth.tokens[].rights", "tenants.NAME.zmq", "tenants.NAME.quotas.*",
                                     "kernelspecs.NAME.modes", "kernelspecs.NAME.env"};
    for (const auto& field : token_fields()) keys.push_back("auth.tokens[]." + field.key);
    for (const auto& field : kernelspec_fields()) keys.push_back("kernelspecs.NAME." + field.key);
    for (const std::string& key : keys) EXPECT_EQ(rows.count(key), 1U) << key;
    EXPECT_EQ(rows.size(), gateway_fields().size() + keys.size());
}

}  // namespace
}  // namespace corncob::config
