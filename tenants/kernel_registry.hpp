// The kernels of one tenant. An id is looked up here and nowhere else, so a tenant finds only its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tenants/kernel.hpp"

namespace corncob::tenants {

/// What POST /api/kernels asks for.
struct StartKernel {
    std::optional<std::string> name{};       ///< kernelspec; absent: the default one
    std::optional<std::string> kernel_id{};  ///< a given id: that kernel if it exists, else a new one under this id
    std::map<std::string, std::string> env{};
    std::string working_dir{};
    std::optional<std::vector<std::string>> modes{};  ///< in the place of the kernelspec's; also its loop, "trio"
    bool comes_back = true;                           ///< see KernelIdentity
    bool of_a_session = false;                        ///< without mode multi, whatever the modes are
};

/// Thread-safe.
class KernelRegistry {
 public:
    KernelRegistry(protocol::TenantId tenant, const Kernelspecs& kernelspecs, KernelSurroundings surroundings,
                   Limit& kernels_limit);

    Result<std::shared_ptr<Kernel>> start(StartKernel request);
    /// Null if this tenant has no such kernel.
    std::shared_ptr<Kernel> find(const protocol::KernelId& id) const;
    /// In the order of their start. Forgets those that ended by themselves.
    std::vector<std::shared_ptr<Kernel>> list();

    /// Takes the kernel out at once (its id is free again); `done` once it has ended. False: no such kernel, and
    /// `done` is not called.
    bool shutdown(const protocol::KernelId& id, Kernel::Done done);

    /// Changes what kernels are given that start from now on.
    void configure(const std::function<void(KernelSurroundings&)>& change);
    /// From now on no kernel is started and no cell accepted; what runs and waits goes on.
    void drain();

 private:
    Result<std::shared_ptr<Kernel>> find_or_add(StartKernel request);
    Result<QuotaUnit> take_place();
    StartSession start_session(const Kernelspec& spec, const StartKernel& request);

    struct Entry {
        std::uint64_t sequence;  ///< of its start
        std::shared_ptr<Kernel> kernel;
        QuotaUnit place;  ///< of Room
    };

    const protocol::TenantId tenant_;
    const Kernelspecs& kernelspecs_;
    Limit& limit_;
    mutable std::mutex mutex_;
    std::shared_ptr<const KernelSurroundings> surroundings_;  // replaced as a whole
    std::unordered_map<protocol::KernelId, Entry> kernels_;   // bounded by kernels_max
    std::uint64_t next_sequence_ = 0;
    bool draining_ = false;
};

}  // namespace corncob::tenants
