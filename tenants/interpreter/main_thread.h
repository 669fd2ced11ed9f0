/* The one private name of CPython that we use: which thread handles signals. Python 3.11; another version needs its own
 * place of the field, and the build stops there rather than guess. */
#ifndef CORNCOB_MAIN_THREAD_H
#define CORNCOB_MAIN_THREAD_H

#ifdef __cplusplus
extern "C" {
#endif

/* The thread (a pthread_t) that CPython's signal handlers run on. Any thread may call these; neither needs the GIL. */
unsigned long corncob_get_main_thread(void);
void corncob_set_main_thread(unsigned long thread);

#ifdef __cplusplus
}
#endif

#endif
