#include "server/auth/hub_user.hpp"

#include <set>

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

const std::vector<std::string> kRequired = {"access:services!service=corncob"};

config::JupyterhubConfig with(const std::string& tenant_by, const std::string& groups = {}) {
    config::JupyterhubConfig config;
    config.tenant_by = tenant_by;
    config.groups = groups;
    return config;
}

HubUser user(const std::string& name, std::vector<std::string> groups = {}) {
    return {.name = name, .groups = std::move(groups), .scopes = {"access:services"}};
}

std::string tenant(const HubUser& user, const config::JupyterhubConfig& config = {}) {
    const auto principal = principal_of(user, kRequired, config);
    return principal ? principal->tenant.str() : principal.error().detail;
}

TEST(HubUser, IsReadFromTheHubsModel) {
    const auto ada = parse_hub_user(
        R"({"kind": "user", "name": "ada", "admin": true, "groups": ["b", "a"], "scopes": ["x"], "session_id": null})");
    ASSERT_TRUE(ada);
    EXPECT_EQ(ada->name, "ada");
    EXPECT_TRUE(ada->is_admin);
    EXPECT_FALSE(ada->is_service);
    EXPECT_EQ(ada->groups, (std::vector<std::string>{"b", "a"}));
    EXPECT_EQ(ada->scopes, std::vector<std::string>{"x"});
    const auto culler = parse_hub_user(R"({"kind": "service", "name": "culler", "admin": "yes", "groups": 1})");
    ASSERT_TRUE(culler);
    EXPECT_TRUE(culler->is_service);
    EXPECT_FALSE(culler->is_admin);
    EXPECT_TRUE(culler->groups.empty() && culler->scopes.empty());
    for (const char* other : {"", "null", "[]", "{}", R"({"name": ""})", R"({"name": 1})", "<html>"}) {
        EXPECT_FALSE(parse_hub_user(other)) << other;
    }
}

TEST(HubUser, MayReadAndExecuteInATenantOfTheSameName) {
    const auto ada = principal_of(user("ada"), kRequired, {});
    ASSERT_TRUE(ada);
    EXPECT_EQ(ada->tenant.str(), "ada");
    EXPECT_EQ(ada->name, "ada");
    EXPECT_EQ(ada->rights, (Rights{true, true, false}));
}

TEST(HubUser, NeedsAScope) {
    HubUser ada = user("ada");
    ada.scopes = {"access:services!service=other"};
    const auto refused = principal_of(ada, kRequired, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, AuthErrc::not_allowed);
    EXPECT_EQ(refused.error().detail,
              "JupyterHub's user 'ada' may not use this service with this token: it has none of the scopes "
              "access:services!service=corncob");
}

TEST(HubUser, AnAdminOfTheHubIsOneHereOnlyWhereThatIsSaid) {
    HubUser ada = user("ada");
    ada.is_admin = true;
    EXPECT_FALSE(principal_of(ada, kRequired, {})->rights.admin);
    config::JupyterhubConfig by_hub;
    by_hub.admin_by = "hub";
    EXPECT_TRUE(principal_of(ada, kRequired, by_hub)->rights.admin);
    EXPECT_FALSE(principal_of(user("bob"), kRequired, by_hub)->rights.admin);
}

TEST(HubUser, AllMayBeOneTenant) {
    EXPECT_EQ(tenant(user("ada"), with("all")), "jupyterhub");
    EXPECT_EQ(tenant(user("bob"), with("all")), "jupyterhub");
}

TEST(HubUser, OfSeveralGroupsTheFirstInTheListWins) {
    const config::JupyterhubConfig by_name = with("group");
    EXPECT_EQ(tenant(user("ada", {"staff", "physics"}), by_name), "physics");
    EXPECT_EQ(tenant(user("ada"), by_name), "JupyterHub's user 'ada' is in no group that is a tenant here");
    const config::JupyterhubConfig listed = with("group", " staff ,physics,,");
    EXPECT_EQ(tenant(user("ada", {"physics", "art", "staff"}), listed), "staff");
    EXPECT_EQ(tenant(user("ada", {"physics", "art"}), listed), "physics");
    EXPECT_EQ(tenant(user("ada", {"art"}), listed), "JupyterHub's user 'ada' is in no group that is a tenant here");
}

TEST(HubUser, AServiceIsNoUser) {
    HubUser culler = user("ada");
    culler.is_service = true;
    EXPECT_EQ(tenant(culler), "service@ada");
    culler.name = "a b";
    EXPECT_EQ(tenant(culler), "service@" + tenant(user("a b")));
}

TEST(HubUser, DifferentNamesAreDifferentTenants) {
    std::set<std::string> tenants;
    const std::vector<std::string> names = {"ada",
                                            "Ada",
                                            "ada lovelace",
                                            "ada_lovelace",
                                            "../x",
                                            ".",
                                            "..",
                                            "/",
                                            std::string("a\0b", 3),
                                            std::string(1, '\0'),
                                            ".hidden",
                                            "",
                                            "default",
                                            "Default",
                                            "a\nb",
                                            "a/b",
                                            "ä",
                                            "service@ada",
                                            "defaults",
                                            "x@y.z",
                                            std::string(64, 'a'),
                                            std::string(65, 'a'),
                                            tenant_called("ada lovelace").str(),
                                            "sha256@x"};
    for (const std::string& name : names) {
        const std::string called = tenant_called(name).str();
        EXPECT_TRUE(tenants.insert(called).second) << name << " is " << called;
        EXPECT_LE(called.size(), 64U);
        EXPECT_EQ(called.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-"),
                  std::string::npos);
        EXPECT_NE(called, "default");
        EXPECT_FALSE(called.starts_with('.'));
    }
    EXPECT_EQ(tenant_called("x@y.z").str(), "x@y.z");
}

}  // namespace
}  // namespace corncob::server
