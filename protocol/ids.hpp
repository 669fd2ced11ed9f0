// Strong id types: a KernelId cannot be passed where a TenantId is wanted.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace corncob::protocol {

/// An opaque identifier. Copyable, ordered, hashable; empty means "none". Not validated here: who takes an id
/// from outside says what it accepts (see is_kernel_id in protocol/rest).
template <class Tag>
class Id {
 public:
    Id() = default;
    explicit Id(std::string value) : value_(std::move(value)) {}
    explicit Id(std::string_view value) : value_(value) {}
    explicit Id(const char* value) : value_(value) {}

    const std::string& str() const { return value_; }
    bool empty() const { return value_.empty(); }

    auto operator<=>(const Id&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.value_; }

 private:
    std::string value_;
};

using TenantId = Id<struct TenantIdTag>;                ///< unit of isolation and quota
using KernelId = Id<struct KernelIdTag>;                ///< UUID of one emulated kernel
using SessionId = Id<struct SessionIdTag>;              ///< an entry of /api/sessions
using ClientSessionId = Id<struct ClientSessionIdTag>;  ///< header.session of a message
using MsgId = Id<struct MsgIdTag>;                      ///< header.msg_id
using SubshellId = Id<struct SubshellIdTag>;            ///< header.subshell_id (JEP 91)

}  // namespace corncob::protocol

template <class Tag>
struct std::hash<corncob::protocol::Id<Tag>> {
    std::size_t operator()(const corncob::protocol::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};
