#include "tenants/kernelspec.hpp"

#include <algorithm>
#include <utility>

namespace corncob::tenants {

Kernelspecs::Kernelspecs(const config::GatewayConfig& config) : default_name_(config.kernels.default_kernel_name) {
    specs_["python3"] = Kernelspec{"python3", "Python 3 (Corncob)", {}, "asyncio", {}};
    specs_["python3-concurrent"] =
        Kernelspec{"python3-concurrent", "Python 3 (Corncob, concurrent)", {"concurrent"}, "asyncio", {}};
    specs_["python3-multi"] =
        Kernelspec{"python3-multi", "Python 3 (Corncob, one kernel a session)", {kMultiMode}, "asyncio", {}};
    specs_["python3-cache"] = Kernelspec{"python3-cache", "Python 3 (Corncob, cache)", {"cache"}, "asyncio", {}};
    specs_["python3-react"] = Kernelspec{"python3-react", "Python 3 (Corncob, reactive)", {"react"}, "asyncio", {}};
    specs_["python3-trio"] = Kernelspec{"python3-trio", "Python 3 (Corncob, Trio)", {}, kTrio, {}};
    for (const auto& [name, spec] : config.kernelspecs) {
        const std::string& shown = spec.display_name.empty() ? name : spec.display_name;
        specs_[name] = Kernelspec{name, shown, spec.modes, spec.loop, spec.env};
    }
}

const Kernelspec* Kernelspecs::find(const std::string& name) const {
    const auto found = specs_.find(name);
    return found == specs_.end() ? nullptr : &found->second;
}

CellModes cell_modes(const Kernelspec& spec) {
    const auto has = [&spec](const char* mode) {
        return std::find(spec.modes.begin(), spec.modes.end(), mode) != spec.modes.end();
    };
    return {.cache = has("cache"), .concurrent = has("concurrent"), .react = has("react")};
}

protocol::rest::KernelspecModel to_model(const Kernelspec& spec, const std::string& base_url) {
    protocol::rest::KernelspecModel model;
    model.name = spec.name;
    model.display_name = spec.display_name;
    model.env = spec.env;
    // Nobody starts this; clients want to see a command line, and this is the one that gives the same kernel.
    model.argv = {"corncob", "kernel", "-f", "{connection_file}"};
    std::string modes;
    for (const std::string& mode : spec.modes) modes += (modes.empty() ? "" : "-") + mode;
    if (spec.loop == kTrio) modes += (modes.empty() ? "" : "-") + spec.loop;
    if (!modes.empty()) model.argv.insert(model.argv.end(), {"--mode", modes});
    model.metadata["debugger"] = false;
    model.metadata["concurrent"] = cell_modes(spec).concurrent;
    for (const char* file : {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}) {
        const std::string name = file;
        model.resources[name.substr(0, name.rfind('.'))] = base_url + "kernelspecs/" + spec.name + "/" + name;
    }
    return model;
}

}  // namespace corncob::tenants
