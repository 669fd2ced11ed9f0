"""The private names of CPython and IPython that this package uses: all of them, and what a version without one costs.

Public ways were looked for first. Where a name is gone, `find` gives None and `replace` does nothing; the daemon's log
says at the start what does not work then. Names of other libraries are found when those are imported; import_hooks.py
sees to it that an import never fails for one.
"""

import _posixsubprocess
import _thread
import asyncio
import importlib
import logging
import random
import subprocess
import sys
import threading
import types
import warnings

import corncob_port
import IPython.core.history
import IPython.core.interactiveshell
import IPython.core.ultratb

_TRIED = ((3, 11), (3, 13))  # from, to
_machinery = types.SimpleNamespace(**importlib.__import__.__globals__)  # importlib._bootstrap

# name here: (owner, its name, what does not work without it)
_NAMES = {
    "thread_main": (threading.Thread, "_bootstrap_inner", "threads do not know their kernel"),
    "threads_known": (threading, "_active", "ended kernels leave an entry in threading"),
    "start_process": (subprocess.Popen, "_execute_child", "programs have the daemon's environment and streams"),
    "fork_exec": (_posixsubprocess, "fork_exec", "workers of multiprocessing and loky are unknown to their kernel"),
    "interrupt_main": (_thread, "interrupt_main", "code cannot interrupt its own kernel by it"),
    "random_instance": (random, "_inst", "kernels share the state of random"),
    "log_handlers": (logging, "_handlerList", "logging.config of one kernel closes the handlers of others"),
    "log_handlers_by_name": (logging, "_handlers", "names of log handlers are shared"),
    "log_cache": (logging.root, "_cache", "levels of loggers are shared"),
    "log_disable": (logging.root.manager, "_disable", "logging.disable is shared"),
    "show_as_log": (logging, "_showwarning", "logging.captureWarnings is shared"),
    "shown_before": (logging, "_warnings_showwarning", "logging.captureWarnings is shared"),
    "show_warning": (warnings, "_showwarnmsg", "hooks of warnings are shared"),
    "show_warning_plainly": (warnings, "_showwarnmsg_impl", "hooks of warnings are shared"),
    "format_warning": (warnings, "_formatwarnmsg", "hooks of warnings are shared"),
    "format_warning_plainly": (warnings, "_formatwarnmsg_impl", "hooks of warnings are shared"),
    "load_unlocked": (_machinery, "_load_unlocked", "an interrupt may leave a shared library imported by half"),
    "run_handle": (asyncio.Handle, "_run", "an interrupt may hit the event loop"),
    "popen_handles": (subprocess.Popen, "_get_handles", "programs print to the daemon's own streams"),
    "reloading": (importlib, "_RELOADING", "a reload during another kernel's of the same name does nothing"),
    "module_lock": (_machinery, "_get_module_lock", "a slow import of one kernel may hold up those of others"),
    "make_self_pipe": (asyncio.SelectorEventLoop, "_make_self_pipe", "an idle kernel holds descriptors"),
    "close_self_pipe": (asyncio.SelectorEventLoop, "_close_self_pipe", "an idle kernel holds descriptors"),
    "write_to_self": (asyncio.SelectorEventLoop, "_write_to_self", "call_soon_threadsafe wakes no kernel"),
    "show_traceback": (IPython.core.interactiveshell.InteractiveShell, "_showtraceback", "errors are not shown"),
    "history_sql": (IPython.core.history.HistoryAccessor, "_run_sql", "history has no outputs"),
    "frame_info": (IPython.core.ultratb.FrameInfo, "_from_stack_data_FrameInfo", "recursions are told frame by frame"),
}


def find(name):
    owner, attribute, _ = _NAMES[name]
    return getattr(owner, attribute, None)


def replace(name, value):
    owner, attribute, _ = _NAMES[name]
    if hasattr(owner, attribute):
        setattr(owner, attribute, value)


def code_of(name):
    """Its code, by which frames are known."""
    return getattr(find(name), "__code__", None)


def name_of(name):
    """Where a kernel's version is one attribute of a class."""
    return _NAMES[name][1]


def replace_module_lock(value):
    importlib.__import__.__globals__[name_of("module_lock")] = value


def is_import_machinery(frame):
    """Whether the frame is one of importlib's own."""
    return frame.f_globals is importlib.__import__.__globals__


def frame_data_of(record):
    """What stack_data says about a frame of a traceback."""
    return getattr(record, "_sd", None)


def check():
    """Once, at the start."""
    version = sys.version_info[:2]
    if not _TRIED[0] <= version <= _TRIED[1]:
        tried = " to ".join(f"{major}.{minor}" for major, minor in _TRIED)
        corncob_port.warn(f"Python {version[0]}.{version[1]} has not been tried; {tried} have")
    for owner, attribute, without in _NAMES.values():
        if not hasattr(owner, attribute):
            corncob_port.warn(f"this version of {owner!r} has no {attribute}: {without}")


__all__ = [
    "check",
    "code_of",
    "find",
    "frame_data_of",
    "is_import_machinery",
    "name_of",
    "replace",
    "replace_module_lock",
]
