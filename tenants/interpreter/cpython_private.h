/* The private names of CPython that C++ needs: which thread handles signals, and whether the GIL is held. They have
 * another place in each of Python 3.11, 3.12 and 3.13; with a later one the build stops here rather than guess. */
#ifndef CORNCOB_CPYTHON_PRIVATE_H
#define CORNCOB_CPYTHON_PRIVATE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The thread that CPython's signal handlers run on. `state` is its PyThreadState from 3.13 on, else null. */
struct corncob_main_thread {
    unsigned long thread; /* a pthread_t */
    void* state;
};

/* Any thread may call these; none needs the GIL. */
struct corncob_main_thread corncob_get_main_thread(void);
void corncob_set_main_thread(struct corncob_main_thread main_thread);

/* SIGINT is pending on the calling thread, which is the main one. Async-signal-safe. */
void corncob_interrupt_this_thread(void);

/* By whatever thread. Without the GIL, no more than a look. */
int corncob_gil_is_held(void);

#ifdef __cplusplus
}
#endif

#endif
