// The kinds of kernel this daemon offers: the built-in ones and those of the configuration.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/gateway_config.hpp"
#include "protocol/rest/models.hpp"

namespace corncob::tenants {

struct Kernelspec {
    std::string name;
    std::string display_name;
    std::vector<std::string> modes;  ///< of concurrent, react, cache, multi; none: chained
    std::string loop = "asyncio";
    std::map<std::string, std::string> env;
};

inline constexpr const char* kTrio = "trio";        ///< a loop; also said as a mode
inline constexpr const char* kMultiMode = "multi";  ///< every session is a kernel of its own (session_kernels.hpp)

/// What of a kernel's modes its cells can change while it runs (%mode). None: its cells run in turn.
struct CellModes {
    bool cache = false;
    bool concurrent = false;
    bool react = false;
};

/// Those of its kernels, as long as cells of these do not say otherwise.
CellModes cell_modes(const Kernelspec& spec);

/// Immutable after construction, hence thread-safe.
class Kernelspecs {
 public:
    explicit Kernelspecs(const config::GatewayConfig& config);

    const Kernelspec* find(const std::string& name) const;
    const std::map<std::string, Kernelspec>& all() const { return specs_; }
    const std::string& default_name() const { return default_name_; }

 private:
    std::map<std::string, Kernelspec> specs_;
    std::string default_name_;
};

/// The REST model; `base_url` ends with a slash and prefixes the resources' paths.
protocol::rest::KernelspecModel to_model(const Kernelspec& spec, const std::string& base_url);

}  // namespace corncob::tenants
