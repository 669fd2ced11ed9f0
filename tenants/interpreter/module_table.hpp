// sys.modules with another type, so that a lookup can depend on the kernel whose code looks.
#pragma once

#include <pybind11/pybind11.h>

namespace corncob::tenants::interpreter {

/// Makes `type` (a subclass of dict without slots) the type of the dictionary sys.modules. CPython's machinery asks for
/// an exact dict before it reads past the type's methods, and falls back to them. False where that is not known to be
/// so: then all modules are shared by all kernels.
bool retype_modules(const pybind11::type& type);

}  // namespace corncob::tenants::interpreter
