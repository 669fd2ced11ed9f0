#define Py_BUILD_CORE 1
#include "tenants/interpreter/main_thread.h"

#include <Python.h>
#include <internal/pycore_runtime.h>

#if PY_VERSION_HEX < 0x030b0000 || PY_VERSION_HEX >= 0x030d0000
#error "Check where this Python keeps the id of its main thread (pycore_runtime.h), then widen this range."
#endif

unsigned long corncob_get_main_thread(void) {
    return __atomic_load_n(&_PyRuntime.main_thread, __ATOMIC_SEQ_CST);
}

void corncob_set_main_thread(unsigned long thread) {
    __atomic_store_n(&_PyRuntime.main_thread, thread, __ATOMIC_SEQ_CST);
}
