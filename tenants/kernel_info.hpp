// Content of a kernel_info_reply: the same for all kernels of a host, made without Python.
#pragma once

#include <string>

namespace corncob::tenants {

/// `language_version` e.g. "3.11.2". https://jupyter-client.readthedocs.io/en/stable/messaging.html#kernel-info
std::string kernel_info_content(const std::string& language_version);

}  // namespace corncob::tenants
