#include "server/auth/hub_scopes.hpp"

#include <gtest/gtest.h>

namespace corncob::server {
namespace {

TEST(HubScopes, AScopeGrantsItselfAndWhatItsFilterHolds) {
    const char* granting[][2] = {
        {"access:services", "access:services"},
        {"access:services", "access:services!service=corncob"},
        {"access:services!service=corncob", "access:services!service=corncob"},
        {"access:servers", "access:servers!server=ada/"},
        {"access:servers!user=ada", "access:servers!user=ada"},
        {"access:servers!user=ada", "access:servers!server=ada/"},
        {"access:servers!user=ada", "access:servers!server=ada/named"},
        {"custom:corncob:use", "custom:corncob:use"},
    };
    for (const auto& [granted, required] : granting)
        EXPECT_TRUE(grants(granted, required)) << granted << " " << required;
}

TEST(HubScopes, NothingElseIsGranted) {
    const char* refusing[][2] = {
        {"access:services!service=other", "access:services!service=corncob"},
        {"access:services!service=corncobs", "access:services!service=corncob"},
        {"access:services!service=corncob", "access:services"},
        {"access:services!user=corncob", "access:services!service=corncob"},
        {"access:servers", "access:services!service=corncob"},
        {"access", "access:services"},
        {"access:servers!server=ada/", "access:servers!user=ada"},
        {"access:servers!server=ada/", "access:servers!server=ada/named"},
        {"access:servers!user=ad", "access:servers!server=ada/"},
        {"access:servers!user=bob", "access:servers!server=ada/"},
        {"access:servers!group=staff", "access:servers!user=ada"},
        {"access:servers!user", "access:servers!user=ada"},
        {"", ""},
        {"", "access:services"},
        {"!service=corncob", "access:services!service=corncob"},
    };
    for (const auto& [granted, required] : refusing)
        EXPECT_FALSE(grants(granted, required)) << granted << " " << required;
}

TEST(HubScopes, OneOfSeveralIsEnough) {
    EXPECT_TRUE(any_granted({"a", "b"}, {"c", "b"}));
    EXPECT_FALSE(any_granted({"a", "b"}, {"c"}));
    EXPECT_FALSE(any_granted({}, {"c"}));
    EXPECT_FALSE(any_granted({"a"}, {}));
}

}  // namespace
}  // namespace corncob::server
