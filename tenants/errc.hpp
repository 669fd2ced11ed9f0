// Why a tenant's wish is refused. Translated once, at the edge, to an HTTP status or a Jupyter error.
#pragma once

#include <string_view>

#include "protocol/result.hpp"

namespace corncob::tenants {

enum class Errc {
    no_such_kernel,
    no_such_session,
    no_such_kernelspec,
    kernel_exists,  ///< the kernel_id asked for is taken
    kernel_is_dead,
    invalid_kernel_id,
    quota_exceeded,     ///< detail names the quota, its limit and the use
    too_many_requests,  ///< too fast for its quota; later it may be right; detail as above
    no_room,            ///< near a limit of the daemon's container; detail says which, and the use
    draining,           ///< the daemon is going down and takes no new work
    not_a_request,      ///< a client sent what only a kernel may send
    host_failed,        ///< the host could not run a kernel
    missing_field,      ///< a REST body lacks what it must have
};

std::string_view name(Errc code);

using Failure = corncob::Failure<Errc>;
template <class T>
using Result = corncob::Result<T, Errc>;

}  // namespace corncob::tenants
