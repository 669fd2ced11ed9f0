#include "tenants/session_registry.hpp"

#include <gtest/gtest.h>

#include "tests/tenants/tenant_fixture.hpp"

namespace corncob::tenants {
namespace {

using Removed = SessionRegistry::Removed;

class SessionRegistryTest : public TenantFixture {
 protected:
    void TearDown() override {
        for (const auto& kernel : kernels_.list()) kernels_.shutdown(kernel->id(), [] {});
        host_.end_stopped();
        EXPECT_EQ(limit_.used(), 0U);
    }
    protocol::rest::SessionModel create(const std::string& path) {
        const auto created = sessions_.create({path, "name", "notebook", std::nullopt, std::nullopt});
        EXPECT_TRUE(created && !created->existed);
        return created ? created->model : protocol::rest::SessionModel{};
    }

    Limit limit_{"kernels_max", 3};
    KernelRegistry kernels_{protocol::TenantId("ada"), kernelspecs_, {host_, clock_, observer_, 10}, limit_};
    Limit sessions_limit_{"sessions_max", 4};
    SessionRegistry sessions_{kernels_, sessions_limit_};
};

TEST_F(SessionRegistryTest, CreatingStartsAKernel) {
    const auto session = create("a.ipynb");
    EXPECT_EQ(session.path, "a.ipynb");
    EXPECT_EQ(session.name, "name");
    EXPECT_EQ(session.type, "notebook");
    EXPECT_EQ(session.kernel.name, "python3");
    EXPECT_TRUE(kernels_.find(session.kernel.id));
    const auto found = sessions_.find(session.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kernel.id, session.kernel.id);
    EXPECT_EQ(sessions_.list().size(), 1U);
}

TEST_F(SessionRegistryTest, TheSamePathIsTheSameSession) {
    const auto session = create("a.ipynb");
    const auto again = sessions_.create({"a.ipynb", "other", "console", "analytics", std::nullopt});
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->existed);
    EXPECT_EQ(again->model.id, session.id);
    EXPECT_EQ(again->model.kernel.id, session.kernel.id);
    EXPECT_EQ(limit_.used(), 1U);
}

TEST_F(SessionRegistryTest, TheQuotaHoldsAndStartsNoKernel) {
    const auto kernel = *kernels_.start(with_id(kId));
    const auto on_it = [&](const std::string& path) {
        return sessions_.create({path, "", "notebook", std::nullopt, kernel->id()});
    };
    for (const char* path : {"a", "b", "c", "d"}) ASSERT_TRUE(on_it(path));
    const auto refused = sessions_.create({"e", "", "notebook", std::nullopt, std::nullopt});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Failure{Errc::quota_exceeded, "sessions_max is 4, and 4 are in use"}));
    EXPECT_EQ(limit_.used(), 1U);
    EXPECT_TRUE(on_it("a")) << "it is there already";
    EXPECT_EQ(sessions_.count(), 4U);
    kernels_.shutdown(kernel->id(), [] {});
    EXPECT_EQ(sessions_.count(), 0U);
    EXPECT_EQ(sessions_limit_.used(), 0U);
    EXPECT_TRUE(sessions_.create({"e", "", "notebook", std::nullopt, std::nullopt}));
}

TEST_F(SessionRegistryTest, CreatingOnAnExistingKernel) {
    const auto kernel = *kernels_.start(with_id(kId));
    const auto created = sessions_.create({"a.ipynb", "", "notebook", std::nullopt, kernel->id()});
    ASSERT_TRUE(created);
    EXPECT_EQ(created->model.kernel.id, kernel->id());
    const auto nowhere = sessions_.create({"b.ipynb", "", "notebook", std::nullopt, protocol::KernelId("gone")});
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, Errc::no_such_kernel);
    EXPECT_EQ(sessions_.list().size(), 1U);
}

TEST_F(SessionRegistryTest, WhyNoKernelStartsIsPassedOn) {
    const auto unknown = sessions_.create({"a.ipynb", "", "notebook", "julia", std::nullopt});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Errc::no_such_kernelspec);
    for (const char* path : {"1", "2", "3"}) create(path);
    const auto full = sessions_.create({"4", "", "notebook", std::nullopt, std::nullopt});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Errc::quota_exceeded);
}

TEST_F(SessionRegistryTest, PatchRenames) {
    const auto session = create("a.ipynb");
    const auto patched = sessions_.patch(session.id, {"b.ipynb", "new", "console", std::nullopt, std::nullopt});
    ASSERT_TRUE(patched);
    EXPECT_EQ(patched->id, session.id);
    EXPECT_EQ(patched->path, "b.ipynb");
    EXPECT_EQ(patched->name, "new");
    EXPECT_EQ(patched->type, "console");
    EXPECT_EQ(patched->kernel.id, session.kernel.id);
    const auto unchanged = sessions_.patch(session.id, {});
    ASSERT_TRUE(unchanged);
    EXPECT_EQ(unchanged->path, "b.ipynb");
}

TEST_F(SessionRegistryTest, PatchStartsAnotherKernelAndShutsTheOldOneDown) {
    const auto session = create("a.ipynb");
    const auto old = kernels_.find(session.kernel.id);
    const auto patched =
        sessions_.patch(session.id, {std::nullopt, std::nullopt, std::nullopt, "analytics", std::nullopt});
    ASSERT_TRUE(patched);
    EXPECT_EQ(patched->kernel.name, "analytics");
    EXPECT_NE(patched->kernel.id, session.kernel.id);
    EXPECT_TRUE(old->dead());
    EXPECT_EQ(limit_.used(), 1U);
}

TEST_F(SessionRegistryTest, PatchMovesToAnExistingKernel) {
    const auto session = create("a.ipynb");
    const auto old = kernels_.find(session.kernel.id);
    const auto other = *kernels_.start({});
    const auto patched =
        sessions_.patch(session.id, {std::nullopt, std::nullopt, std::nullopt, std::nullopt, other->id()});
    ASSERT_TRUE(patched);
    EXPECT_EQ(patched->kernel.id, other->id());
    EXPECT_TRUE(old->dead());
    const auto same =
        sessions_.patch(session.id, {std::nullopt, std::nullopt, std::nullopt, std::nullopt, other->id()});
    ASSERT_TRUE(same);
    EXPECT_FALSE(other->dead()) << "moving to where it is shuts nothing down";
}

TEST_F(SessionRegistryTest, APatchThatFailsChangesNothing) {
    const auto session = create("a.ipynb");
    for (const PatchSession& wish : {PatchSession{"b", "b", "b", std::nullopt, protocol::KernelId("gone")},
                                     PatchSession{"b", "b", "b", "julia", {}}}) {
        EXPECT_FALSE(sessions_.patch(session.id, wish));
        EXPECT_EQ(sessions_.find(session.id)->path, "a.ipynb");
        EXPECT_TRUE(kernels_.find(session.kernel.id));
    }
    const auto nobody = sessions_.patch(protocol::SessionId("none"), {});
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Errc::no_such_session);
}

TEST_F(SessionRegistryTest, RemovingShutsTheKernelDown) {
    const auto session = create("a.ipynb");
    run_cell(*kernels_.find(session.kernel.id));
    EXPECT_EQ(sessions_.remove(session.id, count_done()), Removed::yes);
    EXPECT_EQ(done_, 0);
    host_.end_stopped();
    EXPECT_EQ(done_, 1);
    EXPECT_TRUE(sessions_.list().empty());
    EXPECT_EQ(limit_.used(), 0U);
    EXPECT_EQ(sessions_.remove(session.id, count_done()), Removed::no_such_session);
    EXPECT_EQ(done_, 1);
}

TEST_F(SessionRegistryTest, RemovingSaysIfTheKernelWasGone) {
    const auto session = create("a.ipynb");
    kernels_.shutdown(session.kernel.id, [] {});
    EXPECT_EQ(sessions_.remove(session.id, count_done()), Removed::kernel_was_gone);
    EXPECT_EQ(done_, 0);
    EXPECT_EQ(sessions_.remove(session.id, count_done()), Removed::no_such_session);
}

TEST_F(SessionRegistryTest, DoneMayAskForSessions) {
    const auto session = create("a.ipynb");
    std::size_t left = 99;
    EXPECT_EQ(sessions_.remove(session.id, [&] { left = sessions_.list().size(); }), Removed::yes);
    EXPECT_EQ(left, 0U);
}

TEST_F(SessionRegistryTest, ASessionGoesWithItsKernel) {
    const auto session = create("a.ipynb");
    run_cell(*kernels_.find(session.kernel.id));
    kernels_.find(session.kernel.id)->shutdown([] {});
    EXPECT_FALSE(sessions_.find(session.id));
    EXPECT_TRUE(sessions_.list().empty());
    EXPECT_NE(create("a.ipynb").id, session.id) << "the path is free again";
}

}  // namespace
}  // namespace corncob::tenants
