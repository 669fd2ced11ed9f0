"""What the operating system and CPython have once a process, and a kernel's code takes for its own: signals, functions
to run at the end, the garbage collector's switches, trace functions of threads.

What can be answered for one kernel is; what cannot is refused in words, where it would harm everybody.
"""

import atexit
import faulthandler
import gc
import os
import signal
import sys
import threading
import traceback
import types
import weakref

from . import privates, waits
from .context import Cell, PerKernel, current_kernel, enter_cell

_process = types.SimpleNamespace()  # the functions that are replaced, by module and name


def _replace(module, *functions):
    """The kernels' versions; outside of kernels, the process's own are called."""
    kept = _process.__dict__.setdefault(module.__name__, types.SimpleNamespace())
    for function in functions:
        name = function.__name__.rstrip("_")
        original = getattr(module, name, None)
        if original is None:
            continue  # another version of Python
        setattr(kept, name, original)
        setattr(module, name, _for_kernels(name, original, function))


def _for_kernels(name, original, function):
    def routed(*args, **kwargs):
        kernel = current_kernel()
        if kernel is None or os.getpid() != _pid:  # a forked child is a process of its own
            return original(*args, **kwargs)
        return function(kernel, *args, **kwargs)

    routed.__name__ = routed.__qualname__ = name
    routed.__doc__ = original.__doc__
    return routed


_pid = os.getpid()

# Signals. SIGINT is how a kernel is interrupted; all others are the daemon's.

_handler = PerKernel(lambda: signal.default_int_handler, None)


def _refuse_signal(what):
    raise ValueError(
        f"{what}: signals belong to the process, which all kernels of this daemon share. Only SIGINT, which is this "
        "kernel's interrupt, can be handled here"
    )


def signal_(kernel, signalnum, handler):
    if signalnum != signal.SIGINT:
        _refuse_signal(f"signal({signal.Signals(signalnum).name})")
    if not callable(handler) and handler not in (signal.SIG_IGN, signal.SIG_DFL):
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    before = _handler()
    _handler.replace(handler)
    return before


def getsignal(kernel, signalnum):
    return _handler() if signalnum == signal.SIGINT else _process.signal.getsignal(signalnum)


def alarm(kernel, seconds):
    return 0 if seconds == 0 else _refuse_signal("alarm()")


def setitimer(kernel, which, seconds, interval=0.0):
    return (0.0, 0.0) if seconds == 0 else _refuse_signal("setitimer()")


def raise_signal(kernel, signalnum):
    kill(kernel, os.getpid(), signalnum)


def kill(kernel, pid, signalnum):
    """Of the process itself, or of its group: of this kernel. Everybody else's go on."""
    if pid not in (0, os.getpid(), -os.getpgrp(), -1) or signalnum == 0:
        return _process.os.kill(pid, signalnum)
    if pid == -1:
        _refuse_signal("kill(-1)")
    if signalnum in (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT, signal.SIGQUIT, signal.SIGHUP):
        name = signal.Signals(signalnum).name
        kernel.end("crashed", f"os.kill({name})")
        raise SystemExit(name)
    if signalnum != signal.SIGINT:
        _refuse_signal(f"kill({signalnum})")
    interrupt_main(kernel)
    return None


def killpg(kernel, pgid, signalnum):
    return kill(kernel, -pgid, signalnum)


def abort(kernel):
    kill(kernel, os.getpid(), signal.SIGABRT)


def pthread_kill(kernel, thread_id, signalnum):
    if signalnum != 0:
        return kill(kernel, os.getpid(), signalnum)
    return _process.signal.pthread_kill(thread_id, signalnum)


def interrupt_main(kernel, signum=signal.SIGINT):
    if signum != signal.SIGINT:
        _refuse_signal(f"interrupt_main({signum})")
    if threading.get_native_id() != kernel.thread_id:
        kernel.port.interrupt()
    elif interrupts(kernel):
        raise KeyboardInterrupt


def interrupts(kernel, frame=None):
    """On the kernel's thread, when it is interrupted: whether that is to end what runs. Its code may have said
    otherwise, but not to its own end."""
    handler = kernel.own.get(_handler, signal.default_int_handler)
    if handler in (signal.default_int_handler, signal.SIG_DFL) or kernel.port.closed():
        return True
    if handler is not signal.SIG_IGN:
        handler(signal.SIGINT, frame or sys._getframe(1))
    return False


def forget_handler(kernel):
    """As in ipykernel, a handler is in force until the end of its cell."""
    kernel.own.pop(_handler, None)


# The handler of crashes: a crash is the whole daemon's, and its log the place to tell of it. A kernel believes that it
# has one, as pytest wishes.

_crash_handler = PerKernel(lambda: {"enabled": False}, None)


def enable_crash_handler(kernel, *args, **kwargs):
    _crash_handler()["enabled"] = True


def disable_crash_handler(kernel):
    enabled, _crash_handler()["enabled"] = _crash_handler()["enabled"], False
    return enabled


def has_crash_handler(kernel):
    return _crash_handler()["enabled"]


def dump_no_traceback(kernel, *args, **kwargs):
    """At a signal, or after a while."""


# The end.

_exit_functions = PerKernel(list, [])


def register(kernel, func, /, *args, **kwargs):
    """For this kernel's end, if its own code asks. What a library asks for is for the end of the process: it may clean
    up what other kernels use."""
    if sys._getframe(2).f_builtins is not kernel.modules.builtins.__dict__:
        return _process.atexit.register(func, *args, **kwargs)
    _exit_functions().append((func, args, kwargs))
    return func


def unregister(kernel, func):
    _exit_functions()[:] = [entry for entry in _exit_functions() if entry[0] != func]
    _process.atexit.unregister(func)


def _run_exitfuncs(kernel):
    functions = _exit_functions()
    while functions:
        func, args, kwargs = functions.pop()
        try:
            func(*args, **kwargs)
        except BaseException:  # its own end, or an interrupt, that comes of it is not the next one's
            traceback.print_exc()


def _clear(kernel):
    _exit_functions().clear()


def _ncallbacks(kernel):
    return len(_exit_functions())


def run_exit_functions(kernel):
    enter_cell(Cell(kernel, None))
    _run_exitfuncs(kernel)


# The garbage collector: what a kernel would have switched goes on as it is. It believes that it has.

_collector = PerKernel(lambda: {"enabled": True, "threshold": _process.gc.get_threshold()}, None)


def enable(kernel):
    _collector()["enabled"] = True


def disable(kernel):
    _collector()["enabled"] = False


def isenabled(kernel):
    return _collector()["enabled"]


def set_threshold(kernel, *thresholds):
    _collector()["threshold"] = (*thresholds, *_collector()["threshold"][len(thresholds) :])


def get_threshold(kernel):
    return _collector()["threshold"]


def freeze(kernel):
    """Objects of all kernels would be taken out of the collector's sight."""


def unfreeze(kernel):
    """The daemon's own objects would come back into it."""


# Functions that trace threads: those that this kernel's code starts. routers.py calls them.

_tracers = PerKernel(dict, {})


def settrace(kernel, func):
    _tracers()["trace"] = func


def gettrace(kernel):
    return _tracers().get("trace")


def setprofile(kernel, func):
    _tracers()["profile"] = func


def getprofile(kernel):
    return _tracers().get("profile")


def settrace_all_threads(kernel, func):
    settrace(kernel, func)
    sys.settrace(func)


def setprofile_all_threads(kernel, func):
    setprofile(kernel, func)
    sys.setprofile(func)


def begin_thread(kernel):
    """On a thread that a kernel's code has started."""
    tracers = kernel.own.get(_tracers)
    if tracers:
        sys.settrace(tracers.get("trace"))
        sys.setprofile(tracers.get("profile"))


def install():
    weakref.finalize(install, int)  # has the module ask for the end of the process, not of the first kernel to use it
    _replace(signal, signal_, getsignal, alarm, setitimer, raise_signal, pthread_kill)
    process_interrupt = privates.find("interrupt_main")
    privates.replace("interrupt_main", _for_kernels("interrupt_main", process_interrupt, interrupt_main))
    _replace(os, kill, killpg, abort, *waits.functions())
    for name, function in {
        "enable": enable_crash_handler,
        "disable": disable_crash_handler,
        "is_enabled": has_crash_handler,
        "register": dump_no_traceback,
        "dump_traceback_later": dump_no_traceback,
    }.items():
        setattr(faulthandler, name, _for_kernels(name, getattr(faulthandler, name), function))
    _replace(atexit, register, unregister, _run_exitfuncs, _clear, _ncallbacks)
    _replace(gc, enable, disable, isenabled, set_threshold, get_threshold, freeze, unfreeze)
    _replace(threading, settrace, gettrace, setprofile, getprofile, settrace_all_threads, setprofile_all_threads)


__all__ = ["begin_thread", "forget_handler", "install", "interrupts", "run_exit_functions"]
