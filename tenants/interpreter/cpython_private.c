#define Py_BUILD_CORE 1
#include "tenants/interpreter/cpython_private.h"

#include <Python.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>

#if PY_VERSION_HEX < 0x030b0000 || PY_VERSION_HEX >= 0x030e0000
#error \
    "Check where this Python keeps its main thread and its GIL (pycore_runtime.h, pycore_gil.h), then widen this range."
#endif

struct corncob_main_thread corncob_get_main_thread(void) {
    struct corncob_main_thread found = {__atomic_load_n(&_PyRuntime.main_thread, __ATOMIC_SEQ_CST), NULL};
#if PY_VERSION_HEX >= 0x030d0000
    found.state = __atomic_load_n(&_PyRuntime.main_tstate, __ATOMIC_SEQ_CST);
#endif
    return found;
}

void corncob_set_main_thread(struct corncob_main_thread main_thread) {
    __atomic_store_n(&_PyRuntime.main_thread, main_thread.thread, __ATOMIC_SEQ_CST);
#if PY_VERSION_HEX >= 0x030d0000
    if (main_thread.state) __atomic_store_n(&_PyRuntime.main_tstate, main_thread.state, __ATOMIC_SEQ_CST);
#endif
}

void corncob_interrupt_this_thread(void) {
#if PY_VERSION_HEX >= 0x030d0000
    /* That a signal is pending is marked in the main thread's state, no longer in the interpreter's. */
    PyThreadState* state = PyGILState_GetThisThreadState();
    if (!state) return;
    __atomic_store_n(&_PyRuntime.main_tstate, state, __ATOMIC_SEQ_CST);
#endif
    PyErr_SetInterrupt();
}

int corncob_gil_is_held(void) {
#if PY_VERSION_HEX >= 0x030d0000
    return __atomic_load_n(&PyInterpreterState_Main()->ceval.gil->locked, __ATOMIC_RELAXED) > 0;
#elif PY_VERSION_HEX >= 0x030c0000
    return __atomic_load_n(&PyInterpreterState_Main()->ceval.gil->locked._value, __ATOMIC_RELAXED) > 0;
#else
    return _PyThreadState_UncheckedGet() != NULL; /* until 3.12 that of whoever holds it */
#endif
}
