// What tenants are made of, with a FakeHost.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tenants/tenant_registry.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_host.hpp"
#include "tests/fakes/recording_observer.hpp"
#include "tests/fakes/recording_sink.hpp"
#include "tests/fakes/requests.hpp"

namespace corncob::tenants {

class TenantFixture : public testing::Test {
 protected:
    static constexpr const char* kId = "11111111-2222-3333-4444-555555555555";

    static config::GatewayConfig config_with_analytics() {
        config::GatewayConfig config;
        config.kernelspecs["analytics"] = {"Analytics", {}, "asyncio", {}};
        return config;
    }
    static StartKernel with_id(const std::string& id) { return {std::nullopt, id, {}, {}}; }
    static std::vector<std::string> ids(const std::vector<std::shared_ptr<Kernel>>& kernels) {
        std::vector<std::string> ids;
        for (const auto& kernel : kernels) ids.push_back(kernel->id().str());
        return ids;
    }
    /// Starts Python in a kernel; the cell runs until the host answers.
    void run_cell(Kernel& kernel) { ASSERT_TRUE(kernel.submit(tests::execute("cell", "code"), client_)); }

    Kernel::Done count_done() {
        return [this] { ++done_; };
    }

    int done_ = 0;
    tests::FakeHost host_;
    tests::FakeClock clock_;
    tests::RecordingObserver observer_;
    const Kernelspecs kernelspecs_{config_with_analytics()};
    std::shared_ptr<tests::RecordingSink> client_ = std::make_shared<tests::RecordingSink>();
};

}  // namespace corncob::tenants
