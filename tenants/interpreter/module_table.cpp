#include "tenants/interpreter/module_table.hpp"

namespace corncob::tenants::interpreter {

bool retype_modules(const pybind11::type& type) {
#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030e0000
    PyObject* modules = PyImport_GetModuleDict();
    auto* routed = reinterpret_cast<PyTypeObject*>(type.ptr());
    const bool same_layout = PyType_IsSubtype(routed, &PyDict_Type) != 0 &&
                             routed->tp_basicsize == PyDict_Type.tp_basicsize && routed->tp_dictoffset == 0 &&
                             routed->tp_weaklistoffset == 0;
    if (!same_layout || !PyDict_CheckExact(modules)) return false;
    Py_INCREF(routed);  // as every instance holds its type
    Py_SET_TYPE(modules, routed);
    PyType_Modified(routed);
    return true;
#else
    static_cast<void>(type);
    return false;
#endif
}

}  // namespace corncob::tenants::interpreter
