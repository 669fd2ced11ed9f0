// The tables are in themselves in order, and every row leads to a member of its own.
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/fields.hpp"

namespace corncob::config {
namespace {

/// Text that the field takes and that is not its default.
template <class Root>
std::string another_value(const Field<Root>& field) {
    const std::string standard = value_text(field, Root{});
    const Bounds& bounds = field.traits.bounds;
    const auto& choices = field.traits.choices;
    if (!choices.empty()) return choices.back() == standard ? choices.front() : choices.back();
    if (allowed_text(field) == "true, false") return standard == "true" ? "false" : "true";
    if (!wants_plain_scalar(field)) return "another";
    return std::to_string(std::to_string(bounds.max) == standard ? bounds.min : bounds.max);
}

template <class Root>
void expect_members_of_their_own(const std::vector<Field<Root>>& fields) {
    for (const auto& set : fields) {
        Root root;
        ASSERT_EQ(assign(set, root, another_value(set)), std::nullopt) << set.key;
        for (const auto& seen : fields) {
            const bool is_default = value_text(seen, root) == value_text(seen, Root{});
            EXPECT_EQ(is_default, seen.key != set.key) << set.key << " set, " << seen.key << " looked at";
        }
    }
}

TEST(FieldTables, LeadEachToAMemberOfItsOwn) {
    expect_members_of_their_own(gateway_fields());
    expect_members_of_their_own(tenant_fields());
    expect_members_of_their_own(kernelspec_fields());
    expect_members_of_their_own(token_fields());
}

TEST(FieldTables, UseEveryKeyVariableAndFlagOnce) {
    std::set<std::string> keys;
    std::set<std::string> doors;
    for (const auto& field : gateway_fields()) {
        EXPECT_TRUE(keys.insert(field.key).second) << field.key;
        for (const std::string& door : {field.traits.variable, field.traits.flag}) {
            EXPECT_TRUE(door.empty() || doors.insert(door).second) << door;
        }
        EXPECT_EQ(field.traits.flag.empty(), field.traits.help.empty()) << field.key;
    }
}

TEST(FieldTables, HoldDefaultsThatTheyWouldTake) {
    for (const auto& field : gateway_fields()) {
        if (!field.traits.in_file) continue;
        GatewayConfig config;
        EXPECT_EQ(assign(field, config, value_text(field, GatewayConfig{})), std::nullopt) << field.key;
    }
}

TEST(FieldTables, NameTheUnitOfEveryTimeAndSize) {
    for (const auto& field : gateway_fields()) {
        const bool is_time =
            field.key.find("timeout") != std::string::npos || field.key.find("interval") != std::string::npos;
        EXPECT_TRUE(!is_time || field.key.ends_with("_seconds")) << field.key;
    }
}

TEST(FieldTables, KeepTheTokenOutOfFiles) {
    for (const auto& field : gateway_fields()) EXPECT_EQ(field.traits.in_file, field.key != "token") << field.key;
}

}  // namespace
}  // namespace corncob::config
