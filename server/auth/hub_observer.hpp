// What is asked of JupyterHub, told to whoever counts.
#pragma once

#include <chrono>
#include <string_view>

namespace corncob::server {

/// What came of asking the Hub whose a token is.
enum class HubAnswer {
    principal,    ///< somebody who may come
    nobody,       ///< the Hub does not know the token
    not_allowed,  ///< somebody without the scope or a tenant
    unavailable,  ///< no answer, or none that can be understood
};

constexpr std::string_view name(HubAnswer answer) {
    switch (answer) {
        case HubAnswer::principal:
            return "principal";
        case HubAnswer::nobody:
            return "nobody";
        case HubAnswer::not_allowed:
            return "not_allowed";
        case HubAnswer::unavailable:
            break;
    }
    return "unavailable";
}

/// Called on IO threads; must not block. Empty defaults: who does not care passes a plain one.
class HubObserver {
 public:
    virtual ~HubObserver() = default;
    /// The Hub was asked.
    virtual void hub_checked(HubAnswer, std::chrono::nanoseconds /*took*/) {}
    /// The Hub was not asked: its answer to an earlier question still counts.
    virtual void hub_answer_reused() {}
};

}  // namespace corncob::server
