// How much a cell may put out: the quota output_bytes_max.
#pragma once

#include <cstddef>
#include <string>

#include "tenants/host.hpp"

namespace corncob::tenants {

enum class Admission {
    whole,            ///< send it
    cut,              ///< send what is left of it; it is the last, and the cell is to be told
    refused_at_last,  ///< nothing of it fits; the cell is to be told
    refused,          ///< the cell has been told before
};

/// Counts `output` against its cell's quota of `bytes_max` (0: no limit) and shortens printed text that only partly
/// fits. Counted and refused is what cells print and display; errors, results, clear_output and comms always pass.
/// Guarded by the lock of the request's kernel.
Admission admit_output(std::size_t bytes_max, const SharedRequest& parent, Output& output);

/// The content of the stream message that tells a cell of it.
std::string output_limit_notice(std::size_t bytes_max, const protocol::TenantId& tenant);

}  // namespace corncob::tenants
