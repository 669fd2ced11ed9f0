#include "tenants/errc.hpp"

namespace corncob::tenants {

std::string_view name(Errc code) {
    switch (code) {
        case Errc::no_such_kernel:
            return "no_such_kernel";
        case Errc::no_such_session:
            return "no_such_session";
        case Errc::no_such_kernelspec:
            return "no_such_kernelspec";
        case Errc::kernel_exists:
            return "kernel_exists";
        case Errc::kernel_is_dead:
            return "kernel_is_dead";
        case Errc::invalid_kernel_id:
            return "invalid_kernel_id";
        case Errc::quota_exceeded:
            return "quota_exceeded";
        case Errc::too_many_requests:
            return "too_many_requests";
        case Errc::no_room:
            return "no_room";
        case Errc::draining:
            return "draining";
        case Errc::not_a_request:
            return "not_a_request";
        case Errc::host_failed:
            return "host_failed";
        case Errc::missing_field:
            return "missing_field";
    }
    return "unknown";
}

}  // namespace corncob::tenants
