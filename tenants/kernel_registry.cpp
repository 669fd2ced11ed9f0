#include "tenants/kernel_registry.hpp"

#include <algorithm>
#include <utility>

#include "protocol/uuid.hpp"
#include "tenants/room.hpp"

namespace corncob::tenants {

KernelRegistry::KernelRegistry(protocol::TenantId tenant, const Kernelspecs& kernelspecs,
                               KernelSurroundings surroundings, Limit& kernels_limit)
    : tenant_(std::move(tenant)),
      kernelspecs_(kernelspecs),
      limit_(kernels_limit),
      surroundings_(std::make_shared<const KernelSurroundings>(std::move(surroundings))) {}

void KernelRegistry::configure(const std::function<void(KernelSurroundings&)>& change) {
    const std::lock_guard lock(mutex_);
    const auto next = std::make_shared<KernelSurroundings>(*surroundings_);
    change(*next);
    surroundings_ = next;
}

Result<std::shared_ptr<Kernel>> KernelRegistry::start(StartKernel request) {
    auto kernel = find_or_add(std::move(request));
    if (kernel) (*kernel)->prepare();
    return kernel;
}

Result<std::shared_ptr<Kernel>> KernelRegistry::find_or_add(StartKernel request) {
    const std::string& name = request.name.value_or(kernelspecs_.default_name());
    const Kernelspec* spec = kernelspecs_.find(name);
    if (!spec) return Failure{Errc::no_such_kernelspec, "No such kernel named " + name};
    protocol::KernelId id(request.kernel_id.value_or(protocol::make_uuid()));
    if (!protocol::is_kernel_id(id.str())) {
        return Failure{Errc::invalid_kernel_id, "kernel_id must be five groups of word characters joined by dashes"};
    }
    const std::lock_guard lock(mutex_);
    if (draining_) return Failure{Errc::draining, "the server is shutting down and starts no kernels"};
    if (const auto found = kernels_.find(id); found != kernels_.end() && !found->second.kernel->dead()) {
        return found->second.kernel;
    }
    auto unit = limit_.take();
    if (!unit) return unit.error();
    auto place = take_place();
    if (!place) return place.error();
    Kernelspec chosen = *spec;
    if (request.modes) chosen.modes = std::move(*request.modes);
    if (std::erase(chosen.modes, kTrio) > 0) chosen.loop = kTrio;
    KernelSurroundings surroundings = *surroundings_;
    if (std::erase(chosen.modes, kMultiMode) > 0 && !request.of_a_session) {
        surroundings.start_session = start_session(chosen, request);
    }
    KernelIdentity identity{
        tenant_, id, std::move(chosen), std::move(request.env), std::move(request.working_dir), request.comes_back};
    auto kernel = std::make_shared<Kernel>(std::move(identity), std::move(surroundings), std::move(*unit));
    kernels_.insert_or_assign(id, Entry{next_sequence_++, kernel, std::move(*place)});
    surroundings_->observer.kernel_started(tenant_, id);
    return kernel;
}

/// In the daemon's container.
Result<QuotaUnit> KernelRegistry::take_place() {
    Host& host = surroundings_->host;
    if (host.room() == nullptr) return QuotaUnit();
    auto place = host.room()->take(host.kernel_threads());
    if (place) return std::move(*place);
    surroundings_->observer.request_refused(tenant_, name(place.error().code));
    return Failure{Errc::no_room, place.error().detail};
}

/// Of a kernel of mode multi: like itself, but for that mode.
StartSession KernelRegistry::start_session(const Kernelspec& spec, const StartKernel& request) {
    StartKernel like{spec.name, std::nullopt, request.env, request.working_dir, spec.modes, true, true};
    return [this, like = std::move(like)] { return start(like); };
}

std::shared_ptr<Kernel> KernelRegistry::find(const protocol::KernelId& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = kernels_.find(id);
    return found == kernels_.end() || found->second.kernel->dead() ? nullptr : found->second.kernel;
}

std::vector<std::shared_ptr<Kernel>> KernelRegistry::list() {
    const std::lock_guard lock(mutex_);
    std::erase_if(kernels_, [](const auto& each) { return each.second.kernel->dead(); });
    std::vector<const Entry*> entries;
    for (const auto& [id, entry] : kernels_) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->sequence < b->sequence; });
    std::vector<std::shared_ptr<Kernel>> kernels;
    kernels.reserve(entries.size());
    for (const Entry* entry : entries) kernels.push_back(entry->kernel);
    return kernels;
}

bool KernelRegistry::shutdown(const protocol::KernelId& id, Kernel::Done done) {
    std::shared_ptr<Kernel> kernel;
    {
        const std::lock_guard lock(mutex_);
        const auto found = kernels_.find(id);
        if (found == kernels_.end()) return false;
        kernel = std::move(found->second.kernel);
        kernels_.erase(found);
    }
    if (kernel->dead()) return false;
    kernel->shutdown(std::move(done));
    return true;
}

void KernelRegistry::drain() {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    for (const auto& [id, entry] : kernels_) entry.kernel->drain();
}

}  // namespace corncob::tenants
